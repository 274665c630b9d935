"""The forward pass: layout of image tokens, cache, padding, chunks."""

from __future__ import annotations

import pytest
import torch
from nano_models import config_like, random_model

from vl2.attention import LatentAttention
from vl2.model import VL2Model
from vl2.tiling import TileGrid


def prompt(tokens: int, seed: int = 0) -> torch.Tensor:
    """Random token ids [1, T]."""
    return torch.randint(0, 640, (1, tokens), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def _no_gradients() -> object:
    with torch.inference_mode():
        yield


def test_a_cached_decode_equals_the_whole_prompt(model: VL2Model) -> None:
    """Prefill of 20 tokens and 5 single steps give the logits of 25 at once."""
    embeds = model.embed(prompt(25))
    whole = model(embeds, last_only=False)
    cache = model.new_cache(25)
    model(embeds[:, :20], cache)
    for slot in range(20, 25):
        step = model(embeds[:, slot : slot + 1], cache)
        assert torch.allclose(step[0, 0], whole[0, slot], atol=1e-4)
    assert cache.length == 25


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_chunks_equal_the_whole(model: VL2Model, chunk: int) -> None:
    """A prompt fed in pieces ends in the same logits."""
    embeds = model.embed(prompt(100))
    cache = model.new_cache(100)
    for piece in embeds.split(chunk, dim=1):
        last = model(piece, cache)
    assert torch.allclose(last, model(embeds), atol=1e-4)


def test_left_padding_changes_nothing(model: VL2Model) -> None:
    """A row behind 9 padding tokens answers as it does alone, in prefill and in decode."""
    short, long = prompt(11, seed=1), prompt(20, seed=2)
    padded = torch.cat([torch.cat([prompt(9, seed=3), short], dim=1), long])
    starts = torch.tensor([9, 0])
    cache, alone = model.new_cache(21, batch=2), model.new_cache(12)
    together = model(model.embed(padded), cache, starts_B=starts)
    assert torch.allclose(together[0], model(model.embed(short), alone)[0], atol=1e-4)
    assert torch.allclose(together[1], model(model.embed(long))[0], atol=1e-4)
    following = model.embed(torch.tensor([[5], [5]]))
    after = model(following, cache, starts_B=starts)
    assert torch.allclose(after[0], model(following[:1], alone)[0], atol=1e-4)


def test_truncating_the_cache_forgets_what_came_after(model: VL2Model) -> None:
    """A cache cut back to a shared beginning continues as a fresh one does."""
    first, second = prompt(30, seed=1), prompt(30, seed=2)
    second[:, :18] = first[:, :18]
    cache = model.new_cache(30)
    model(model.embed(first), cache)
    cache.truncate(18)
    assert torch.allclose(model(model.embed(second[:, 18:]), cache), model(model.embed(second)), atol=1e-4)


def test_the_cache_holds_what_the_paper_says(model: VL2Model) -> None:
    """MLA keeps rank + rope values a token and layer, plain attention two of every head."""
    language = model.config.language
    expected = 40 if language.use_mla else 2 * 64
    assert model.new_cache(10).nbytes == 10 * language.num_hidden_layers * expected * 4


def test_both_ways_of_latent_attention_agree() -> None:
    """Absorbed and decompressed are the same function."""
    model = random_model(config_like("small"))
    attention = model.language.model.layers[1].self_attn
    assert isinstance(attention, LatentAttention)
    generator = torch.Generator().manual_seed(5)
    q_nope, q_rope, held = (torch.randn(s, generator=generator) for s in ((1, 4, 6, 16), (1, 4, 6, 8), (1, 15, 40)))
    mask = torch.ones(6, 15, dtype=torch.bool).tril(9)
    absorbed, decompressed = (
        attend(q_nope, q_rope, held, mask) for attend in (attention._absorbed, attention._decompressed)
    )
    assert torch.allclose(absorbed, decompressed, atol=1e-5)


def test_a_decode_step_absorbs_and_a_prefill_decompresses() -> None:
    """The cheaper way is taken at the sizes of the small variant."""
    attention = VL2Model(config_like("small")).language.model.layers[0].self_attn
    assert isinstance(attention, LatentAttention)
    attention.rank, attention.nope, attention.rope_dim, attention.v_dim = 512, 128, 64, 128
    assert attention._absorbing_is_cheaper(1, 1900)
    assert not attention._absorbing_is_cheaper(1900, 1900)
    assert not attention._absorbing_is_cheaper(512, 1900)


def test_a_tile_does_not_see_the_others(model: VL2Model) -> None:
    """Features of a tile stay the same when its neighbour changes."""
    tiles = torch.rand(2, 3, 384, 384, generator=torch.Generator().manual_seed(6)) * 2 - 1
    before = model.encode(tiles)[0]
    tiles[1] = -tiles[1]
    assert torch.equal(model.encode(tiles)[0], before)


def test_the_last_six_pixels_of_a_tile_are_never_seen(model: VL2Model) -> None:
    """27 patches of 14 pixels end at 378."""
    tiles = torch.zeros(1, 3, 384, 384)
    before = model.encode(tiles)
    tiles[..., 378:, :] = tiles[..., :, 378:] = 1.0
    assert torch.equal(model.encode(tiles), before)


def test_image_tokens_are_laid_out_row_by_row_across_tiles() -> None:
    """Global rows, separator, then local rows over the full width; a newline ends each row."""
    model = random_model(config_like("tiny"))
    tile_N = torch.arange(7.0)
    features = (tile_N[:, None] * 1000 + torch.arange(196.0))[..., None].expand(-1, -1, 64)
    model.image_newline.fill_(-1)
    model.view_seperator.fill_(-2)
    laid_out = model.assemble(features, [TileGrid(3, 2)])[:, 0].tolist()
    assert len(laid_out) == 14 * 15 + 1 + 28 * 43
    assert laid_out[:16] == [*range(14), -1, 14]
    assert laid_out[210] == -2
    first_local_row = [tile * 1000 + x for tile in (1, 2, 3) for x in range(14)]
    assert laid_out[211 : 211 + 44] == [*first_local_row, -1, 1014]
    row_of_second_tiles = laid_out[211 + 14 * 43 :][:43]
    assert row_of_second_tiles == [*(t * 1000 + x for t in (4, 5, 6) for x in range(14)), -1]


def test_image_embeddings_must_match_the_marks(model: VL2Model) -> None:
    """A count that is off is an error, not a shifted picture."""
    ids = prompt(10)
    mask = torch.zeros(1, 10, dtype=torch.bool)
    mask[0, 2:5] = True
    with pytest.raises(ValueError, match="expected 3 image embeddings"):
        model.embed(ids, mask, torch.zeros(4, 64))


def test_pixels_are_mapped_as_the_original_does(model: VL2Model) -> None:
    """0 is -1, 255 is 1, and the padding grey 127 is just below 0."""
    mapped = model.normalise(torch.tensor([0, 127, 255], dtype=torch.uint8))
    assert mapped.tolist() == pytest.approx([-1.0, -0.0039215687, 1.0], abs=1e-7)
