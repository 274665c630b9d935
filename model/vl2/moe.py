"""Expert routing of the decoder, and the experts.

Shapes: T tokens (batch and sequence packed), H model width, M expert width, E routed experts, K chosen per token,
G groups of experts.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vl2.config import LanguageConfig


class Gate(nn.Module):
    """Choose experts for every token, and how much each counts."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        assert config.n_routed_experts is not None
        assert config.num_experts_per_tok is not None
        self.config, self.top_k = config, config.num_experts_per_tok
        self.weight = nn.Parameter(torch.empty(config.n_routed_experts, config.hidden_size))
        if config.topk_method == "noaux_tc":
            self.e_score_correction_bias = nn.Parameter(torch.empty(config.n_routed_experts), requires_grad=False)

    def forward(self, x_TH: Tensor) -> tuple[Tensor, Tensor]:
        """Route.

        Returns:
            weight_TK, float32; index_TK, int64, in no particular order.

        Source: DeepSeek-V2 report (arXiv:2405.04434), section 2.2; V3 report (arXiv:2412.19437), section 2.1.2.
        """
        config = self.config
        logit_TE = F.linear(x_TH.float(), self.weight.float())  # float32: bf16 scores tie and reorder
        score_TE = logit_TE.sigmoid() if config.scoring_func == "sigmoid" else logit_TE.softmax(dim=-1)
        choice_TE = score_TE
        if config.topk_method == "noaux_tc":
            choice_TE = score_TE + self.e_score_correction_bias.float()  # for the choice alone, not for the weight
        if config.topk_method != "greedy" and (config.n_group or 1) > 1:
            choice_TE = self._within_best_groups(choice_TE)
        index_TK = choice_TE.topk(self.top_k, dim=-1, sorted=False).indices
        weight_TK = score_TE.gather(1, index_TK)
        if config.norm_topk_prob and self.top_k > 1:
            weight_TK = weight_TK / (weight_TK.sum(dim=-1, keepdim=True) + 1e-20)
        return weight_TK * config.routed_scaling_factor, index_TK

    def _within_best_groups(self, choice_TE: Tensor) -> Tensor:
        config = self.config
        assert config.n_group is not None
        assert config.topk_group is not None
        choice_TGX = choice_TE.unflatten(1, (config.n_group, -1))
        if config.topk_method == "noaux_tc":
            group_TG = choice_TGX.topk(2, dim=-1).values.sum(dim=-1)
        else:
            group_TG = choice_TGX.amax(dim=-1)
        kept_TG = torch.zeros_like(group_TG).scatter(1, group_TG.topk(config.topk_group, dim=-1).indices, 1.0)
        return (choice_TGX * kept_TG[..., None]).flatten(1)


class ExpertBank(nn.Module):
    """The routed experts of a layer, however their weights are kept: sends tokens there and adds up what comes back."""

    def __init__(self, n_experts: int) -> None:
        super().__init__()
        self.n_experts = n_experts

    def run(self, expert: int, x_TH: Tensor) -> Tensor:
        """Run tokens through one expert."""
        raise NotImplementedError

    def run_sorted(self, in_XH: Tensor, counts_E: Tensor) -> Tensor:
        """Run rows that are sorted by expert, so many for each."""
        counts = counts_E.tolist()
        parts = in_XH.split(counts)
        return torch.cat([self.run(expert, part) for expert, part in enumerate(parts) if counts[expert]])

    def forward(self, x_TH: Tensor, weight_TK: Tensor, index_TK: Tensor) -> Tensor:
        """Run every token through its experts and add up their answers by weight, in float32."""
        if len(x_TH) == 1 and not x_TH.is_cuda:
            answer_KH = torch.cat([self.run(expert, x_TH) for expert in index_TK[0].tolist()])  # nothing to sort
            return (weight_TK @ answer_KH.float()).to(x_TH.dtype)
        top_k = index_TK.shape[1]
        expert_X, order_X = index_TK.flatten().sort()  # X: token-expert pairs, by expert
        in_XH = x_TH.index_select(0, order_X // top_k)
        counts_E = expert_X.new_zeros(self.n_experts).scatter_add_(0, expert_X, torch.ones_like(expert_X))
        out_XH = self.run_sorted(in_XH, counts_E)
        place_X = torch.empty_like(order_X).scatter_(0, order_X, torch.arange(len(order_X), device=x_TH.device))
        back_TKH = out_XH.index_select(0, place_X).view(*index_TK.shape, -1)
        sum_TH = back_TKH[:, 0].float() * weight_TK[:, :1]
        for k in range(1, top_k):  # a loop of six keeps the float32 copy small: ten times as fast as one big sum
            sum_TH.addcmul_(back_TKH[:, k].float(), weight_TK[:, k : k + 1])
        return sum_TH.to(x_TH.dtype)


class Experts(ExpertBank):
    """Plain weights, stacked: expert e is down(silu(gate x) * up x)."""

    def __init__(self, config: LanguageConfig) -> None:
        assert config.n_routed_experts is not None
        super().__init__(config.n_routed_experts)
        width, model = config.moe_intermediate_size, config.hidden_size
        self.gate_up_proj = nn.Parameter(torch.empty(self.n_experts, 2 * width, model))
        self.down_proj = nn.Parameter(torch.empty(self.n_experts, model, width))

    def run(self, expert: int, x_TH: Tensor) -> Tensor:
        """Run tokens through one expert."""
        gate, up = F.linear(x_TH, self.gate_up_proj[expert]).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, self.down_proj[expert])

    def run_sorted(self, in_XH: Tensor, counts_E: Tensor) -> Tensor:
        """Run all experts, on a GPU in two launches; the counts then never leave it."""
        if not (in_XH.is_cuda and in_XH.dtype == torch.bfloat16):
            return super().run_sorted(in_XH, counts_E)
        ends_E = counts_E.cumsum(0, dtype=torch.int32)
        gate, up = F.grouped_mm(in_XH, self.gate_up_proj.mT, offs=ends_E).chunk(2, dim=-1)
        return F.grouped_mm(F.silu(gate) * up, self.down_proj.mT, offs=ends_E)


class MLP(nn.Module):
    """SwiGLU: down(silu(gate x) * up x)."""

    def __init__(self, model: int, width: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(model, width, bias=False)
        self.up_proj = nn.Linear(model, width, bias=False)
        self.down_proj = nn.Linear(width, model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Transform the last dimension."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class MoE(nn.Module):
    """Routed experts, and shared ones that every token visits."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.gate = Gate(config)
        self.experts = Experts(config)
        shared = config.n_shared_experts
        self.shared_experts = MLP(config.hidden_size, shared * config.moe_intermediate_size) if shared else None

    def forward(self, x_BTH: Tensor) -> Tensor:
        """Transform every token on its own."""
        x_TH = x_BTH.flatten(0, -2)
        out_TH = self.experts(x_TH, *self.gate(x_TH))
        if self.shared_experts is not None:
            out_TH = out_TH + self.shared_experts(x_TH)
        return out_TH.view_as(x_BTH)
