"""The engine: what comes out, what is remembered, and how it stops."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from nano_engine import engine_of, passes, whole_pass
from nano_models import config_like, random_model
from nano_prompts import ByteTokenizer, picture, prompt, text_prompt

from vl2.engine.engine import Engine
from vl2.engine.sampling import Sampling
from vl2.engine.tilecache import TileCache
from vl2.errors import LogitsError, OutOfMemory, PromptError, PromptTooLong
from vl2.model import VL2Model
from vl2.processor import Inputs
from vl2.tokenizer import Tokenizer

WINDOW = 4096


def test_greedy_decoding_follows_the_whole_forward_pass(model: VL2Model, engine: Engine) -> None:
    """Every token is the likeliest after all before it, and its log-probability is exact to 1e-4."""
    inputs = prompt([picture(2, 1)])
    reply = engine.generate(inputs, max_new_tokens=12)
    logits = whole_pass(model, inputs, reply.token_ids)
    assert reply.token_ids == tuple(logits.argmax(-1).tolist())
    expected = logits.log_softmax(-1).amax(-1)
    torch.testing.assert_close(torch.tensor(reply.logprobs), expected, atol=1e-4, rtol=0)


def test_sampling_with_a_seed_does_not_depend_on_what_is_remembered(model: VL2Model) -> None:
    """Caches, streams and chunks leave the choices alone."""
    inputs = prompt([picture(1, 1)])
    options: dict[str, Any] = {
        "max_new_tokens": 20,
        "sampling": Sampling(temperature=0.8, top_p=0.9, top_k=50, repetition_penalty=1.1, seed=5),
    }
    engine, plain = engine_of(model), engine_of(model, tile_cache=None, prefix_cache=None, prefill_chunk=100)
    replies = [
        engine.generate(inputs, **options),
        engine.generate(inputs, **options),
        plain.generate(inputs, **options),
    ]
    assert len({reply.token_ids for reply in replies}) == 1


@pytest.mark.parametrize("chunk", [1, 7, 64, 500])
def test_a_prompt_in_chunks_equals_the_whole(model: VL2Model, chunk: int) -> None:
    """Same tokens, log-probabilities within 1e-4."""
    inputs = prompt([picture(1, 1)]) if chunk > 7 else text_prompt(60)
    whole, chunked = (
        engine_of(model, prefill_chunk=size).generate(inputs, max_new_tokens=8) for size in (WINDOW, chunk)
    )
    assert whole.token_ids == chunked.token_ids
    assert chunked.logprobs == pytest.approx(whole.logprobs, abs=1e-4)


def test_a_batch_equals_its_prompts_alone(model: VL2Model, engine: Engine) -> None:
    """Rows of other lengths, with and without pictures, that end at different times."""
    prompts = [text_prompt(9, seed=1), prompt([picture(1, 1)]), text_prompt(300, seed=2), text_prompt(1)]
    alone = [engine_of(model).generate(inputs, max_new_tokens=16) for inputs in prompts]
    enders = {alone[0].token_ids[3], alone[2].token_ids[7]}
    ending = engine_of(model, eos_ids=enders)
    expected = [ending.generate(inputs, max_new_tokens=16) for inputs in prompts]
    together = ending.generate_batch(prompts, max_new_tokens=16)
    assert [reply.token_ids for reply in together] == [reply.token_ids for reply in expected]
    assert [reply.stop_reason for reply in together] == [reply.stop_reason for reply in expected]
    for reply, other in zip(together, expected, strict=True):
        assert reply.logprobs == pytest.approx(other.logprobs, abs=1e-4)
    assert len({len(reply.token_ids) for reply in together}) > 1


def test_an_empty_batch_is_no_work(small: VL2Model) -> None:
    """No prompts, no replies."""
    assert engine_of(small).generate_batch([]) == []


def test_tokens_of_a_stream_add_up_to_the_reply(engine: Engine) -> None:
    """Text, ids and log-probabilities."""
    stream = engine.stream(text_prompt(20), max_new_tokens=40)
    tokens = list(stream)
    assert stream.reply is not None
    assert "".join(token.text for token in tokens) == stream.reply.text
    assert tuple(token.id for token in tokens) == stream.reply.token_ids
    assert tuple(token.logprob for token in tokens) == stream.reply.logprobs


def test_ids_without_text_are_never_sampled(model: VL2Model) -> None:
    """A head that loves a row past the tokenizer is not followed."""
    with torch.no_grad():
        model.language.lm_head.weight[ByteTokenizer().size :] *= 100
    engine = engine_of(model)
    for sampling in (Sampling(), Sampling(temperature=2.0, seed=0)):
        reply = engine.generate(text_prompt(20), max_new_tokens=20, sampling=sampling)
        assert max(reply.token_ids) < ByteTokenizer().size


def test_a_grammar_that_was_not_started_is_named(small: VL2Model) -> None:
    """The slip is easy: a grammar is compiled once, a constraint is made for each answer."""
    grammar: Any = object()
    with pytest.raises(TypeError, match=r"grammar\.start\(\)"):
        engine_of(small).stream(text_prompt(5), constraint=grammar)


def test_end_of_sequence_ends(small: VL2Model) -> None:
    """Its id is counted and is no text."""
    free = engine_of(small).generate(text_prompt(20), max_new_tokens=10)
    end = next(n for n in range(1, 10) if free.token_ids[n] not in free.token_ids[:n])
    reply = engine_of(small, eos_ids=[free.token_ids[end]]).generate(text_prompt(20), max_new_tokens=10)
    assert reply.stop_reason == "eos"
    assert reply.token_ids == free.token_ids[: end + 1]
    assert reply.usage.completion_tokens == end + 1
    assert reply.text == ByteTokenizer().decode(free.token_ids[:end])


def test_the_tokenizers_end_of_sequence_is_the_default(small: VL2Model) -> None:
    """Asked of the tokenizer, never assumed."""
    assert Engine(small, cast(Tokenizer, ByteTokenizer())).eos_ids == {1}


def test_a_stop_string_ends_and_is_cut(small: VL2Model) -> None:
    """It may begin in one token and end in another."""
    sampling = Sampling(temperature=1.5, seed=3)
    free = engine_of(small).generate(text_prompt(20), max_new_tokens=60, sampling=sampling)
    stop = free.text[5:9]
    reply = engine_of(small).generate(text_prompt(20), max_new_tokens=60, sampling=sampling, stop=["never", stop])
    assert reply.stop_reason == "stop"
    assert reply.text == free.text[: free.text.index(stop)]
    assert len(reply.token_ids) < len(free.token_ids)


def test_the_window_ends_an_answer(small: VL2Model) -> None:
    """A prompt of all but 5 tokens of it leaves 5."""
    reply = engine_of(small).generate(text_prompt(WINDOW - 5), max_new_tokens=50)
    assert (reply.stop_reason, len(reply.token_ids)) == ("length", 5)


def test_usage_counts_are_exact(small: VL2Model) -> None:
    """Prompt, image, cached and completion tokens of a first and a second turn."""
    engine, first = engine_of(small), prompt([picture(2, 1)], before=4, after=9)
    usage = engine.generate(first, max_new_tokens=7).usage
    image = 14 * 15 + 1 + 14 * 29
    assert (usage.prompt_tokens, usage.image_tokens) == (14 + image, image)
    assert (usage.cached_tokens, usage.completion_tokens) == (0, 7)
    assert engine.generate(first, max_new_tokens=3).usage.cached_tokens == 13 + image


def test_timings_cover_the_parts(small: VL2Model) -> None:
    """Each part that ran took time, and the first token came before the last."""
    inputs = prompt([picture(1, 1)])
    alone = engine_of(small).generate(inputs, max_new_tokens=5)
    for reply in (alone, *engine_of(small).generate_batch([inputs, inputs], max_new_tokens=5)):
        timings = reply.timings
        parts = timings.encode_s, timings.prefill_s, timings.decode_s
        assert min(parts) > 0
        assert timings.encode_s + timings.prefill_s < timings.first_token_s


def test_an_identical_prompt_costs_one_token(model: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tile is encoded and one token is computed; the answer is the same."""
    engine, inputs = engine_of(model), prompt([picture(2, 1)])
    first = engine.generate(inputs, max_new_tokens=6)
    lengths = passes(model, monkeypatch)
    assert engine.generate(inputs, max_new_tokens=6).token_ids == first.token_ids
    assert lengths == [1] * 6
    assert engine.tile_cache is not None
    assert engine.tile_cache.counters.misses == 3


def test_another_question_about_the_same_picture_costs_the_question(small: VL2Model) -> None:
    """The picture's tokens are remembered."""
    engine, view = engine_of(small), picture(2, 1)
    image = 14 * 15 + 1 + 14 * 29
    engine.generate(prompt([view], before=4, after=9), max_new_tokens=3)
    other = prompt([view], before=4, after=9)
    other.input_ids[-9:] = np.arange(300, 309)
    reply = engine.generate(other, max_new_tokens=8)
    assert reply.usage.cached_tokens == 5 + image
    assert reply.token_ids == engine_of(small, prefix_cache=None).generate(other, max_new_tokens=8).token_ids


def test_the_next_turn_remembers_the_answer(small: VL2Model) -> None:
    """All of the last turn but its last token, which was never fed."""
    engine, first = engine_of(small), text_prompt(30)
    answer = engine.generate(first, max_new_tokens=10).token_ids
    ids = np.concatenate([first.input_ids, answer, [7, 8, 9]])
    following = replace(first, input_ids=ids, image_mask=np.zeros(len(ids), bool))
    assert engine.generate(following, max_new_tokens=4).usage.cached_tokens == 39


def test_one_pixel_makes_another_picture(small: VL2Model) -> None:
    """Equal ids under other content share only what is before the picture."""
    engine, view = engine_of(small), picture(1, 1)
    engine.generate(prompt([view]), max_new_tokens=2)
    view[0, 0, 0, 100, 100] ^= 128
    reply = engine.generate(prompt([view]), max_new_tokens=6)
    assert reply.usage.cached_tokens == 5
    assert reply.token_ids == engine_of(small).generate(prompt([view]), max_new_tokens=6).token_ids


def test_a_second_picture_leaves_the_first_remembered(small: VL2Model) -> None:
    """Only the new one is encoded and computed."""
    engine, before, after = engine_of(small, tile_cache=None), picture(1, 1, 1), picture(2, 1, 2)
    engine.generate(prompt([before], before=4, after=0), max_new_tokens=1)
    both = prompt([before, after], before=4, after=9)
    reply = engine.generate(both, max_new_tokens=6)
    assert reply.usage.cached_tokens == 5 + 421
    assert reply.token_ids == engine_of(small, prefix_cache=None).generate(both, max_new_tokens=6).token_ids


def test_changed_weights_forget_everything(small: VL2Model) -> None:
    """An answer after a training step is that of the new weights."""
    model, inputs = random_model(config_like("small"), 3), prompt([picture(1, 1)])
    engine = engine_of(model)
    engine.generate(inputs, max_new_tokens=6)
    with torch.no_grad():
        for weights in (*model.language.parameters(), *model.projector.parameters()):
            weights.mul_(0.9)
    reply = engine.generate(inputs, max_new_tokens=6)
    assert reply.usage.cached_tokens == 0
    assert reply.token_ids == engine_of(model).generate(inputs, max_new_tokens=6).token_ids


def test_cancel_ends_with_what_there_is(small: VL2Model) -> None:
    """Asked before each tile (3), each chunk (1) and at each token."""
    asked = iter([False] * 8 + [True])
    reply = engine_of(small).generate(prompt([picture(2, 1)]), max_new_tokens=50, cancel=lambda: next(asked))
    assert (reply.stop_reason, len(reply.token_ids)) == ("cancelled", 5)


@pytest.mark.parametrize("questions", [0, 2, 4])
def test_cancel_before_the_first_token_gives_an_empty_reply(small: VL2Model, questions: int) -> None:
    """In the middle of the tiles or of the chunks; the next call gives the full answer."""
    engine, inputs = engine_of(small, prefill_chunk=300), prompt([picture(2, 1)])
    asked = iter([False] * questions + [True])
    reply = engine.generate(inputs, max_new_tokens=5, cancel=lambda: next(asked))
    assert (reply.stop_reason, reply.text, reply.usage.completion_tokens) == ("cancelled", "", 0)
    again = engine.generate(inputs, max_new_tokens=5)
    assert again.token_ids == engine_of(small).generate(inputs, max_new_tokens=5).token_ids
    assert again.usage.cached_tokens == (211 if questions == 4 else 0)


def test_a_batch_can_be_cancelled(small: VL2Model) -> None:
    """Before and during decoding."""
    for questions in (0, 6):
        asked = iter([False] * questions + [True] * 9)
        replies = engine_of(small).generate_batch([text_prompt(9), text_prompt(20)], cancel=lambda: next(asked))  # noqa: B023
        assert {reply.stop_reason for reply in replies} == {"cancelled"}


@pytest.mark.parametrize("questions", [1, 3, 9])
def test_an_interrupt_leaves_the_engine_usable(small: VL2Model, questions: int) -> None:
    """Ctrl-C during tiles, prefill or decode; the next answer is as ever."""
    engine, inputs, asked = engine_of(small), prompt([picture(2, 1)]), 0

    def interrupt() -> bool:
        nonlocal asked
        asked += 1
        if asked > questions:
            signal.raise_signal(signal.SIGINT)
        return False

    with pytest.raises(KeyboardInterrupt):
        engine.generate(inputs, max_new_tokens=20, cancel=interrupt)
    reply = engine.generate(inputs, max_new_tokens=20)
    assert reply.token_ids == engine_of(small).generate(inputs, max_new_tokens=20).token_ids


def test_an_interrupt_inside_a_pass_leaves_the_engine_usable(small: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the layers have written a token that is not counted."""
    engine, inputs, layer = engine_of(small), text_prompt(40), small.language.model.layers[1]
    engine.generate(inputs, max_new_tokens=3)
    forward = layer.forward

    def interrupted(*args: Any) -> torch.Tensor:
        raise KeyboardInterrupt

    monkeypatch.setattr(layer, "forward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.generate(text_prompt(40, seed=9), max_new_tokens=3)
    monkeypatch.setattr(layer, "forward", forward)
    for seed in (0, 9):
        prompted = text_prompt(40, seed=seed)
        expected = engine_of(small).generate(prompted, max_new_tokens=9)
        assert engine.generate(prompted, max_new_tokens=9).token_ids == expected.token_ids


def test_a_stream_left_early_does_no_harm(small: VL2Model) -> None:
    """Closed, or forgotten while another call runs."""
    engine, inputs = engine_of(small), text_prompt(30)
    expected = engine.generate(inputs, max_new_tokens=10).token_ids
    left = engine.stream(inputs, max_new_tokens=10)
    next(left)
    assert engine.generate(inputs, max_new_tokens=10).token_ids == expected
    assert [token.id for token in left] == list(expected[1:])
    closed = engine.stream(inputs, max_new_tokens=10)
    next(closed)
    closed.close()
    assert list(closed) == []
    assert closed.reply is None
    assert engine.generate(inputs, max_new_tokens=10).token_ids == expected


def test_calls_from_several_threads_queue(small: VL2Model) -> None:
    """Each gets its own answer."""
    engine = engine_of(small)
    prompts = [text_prompt(30 + n, seed=n) for n in range(4)]
    expected = [engine_of(small).generate(inputs, max_new_tokens=12).token_ids for inputs in prompts]
    found: dict[int, tuple[int, ...]] = {}

    def ask(n: int) -> None:
        found[n] = engine.generate(prompts[n], max_new_tokens=12).token_ids

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[n] for n in range(4)] == expected


def no_pass(model: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any compute fail the test."""

    def refuse(*args: Any, **kwargs: Any) -> torch.Tensor:
        pytest.fail("computed")

    monkeypatch.setattr(model, "forward", refuse)
    monkeypatch.setattr(model, "encode", refuse)


BAD_PROMPTS: dict[str, tuple[Callable[[], Inputs], type[Exception], str]] = {
    "empty": (lambda: cut(text_prompt(5), 0), PromptError, "one token or more"),
    "full window": (lambda: text_prompt(WINDOW), PromptTooLong, "4096"),
    "foreign ids": (lambda: altered(text_prompt(5), 640), PromptError, "0..639"),
    "negative ids": (lambda: altered(text_prompt(5), -1), PromptError, "-1"),
    "missing marks": (lambda: cut(prompt([picture(1, 1)]), 100), PromptError, "421 image tokens"),
    "missing tiles": (lambda: fewer_tiles(prompt([picture(1, 1)])), PromptError, "tiles"),
}


def cut(inputs: Inputs, length: int) -> Inputs:
    """Leave the first tokens."""
    return replace(inputs, input_ids=inputs.input_ids[:length], image_mask=inputs.image_mask[:length])


def altered(inputs: Inputs, token_id: int) -> Inputs:
    """Put another id last."""
    return replace(inputs, input_ids=np.array([*inputs.input_ids[:-1], token_id]))


def fewer_tiles(inputs: Inputs) -> Inputs:
    """Leave out the last tile."""
    return replace(inputs, tiles=inputs.tiles[:-1])


@pytest.mark.parametrize("case", BAD_PROMPTS)
def test_bad_prompts_are_refused_before_any_compute(
    small: VL2Model, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was expected and what came; when asked for, not when read."""
    make, error, message = BAD_PROMPTS[case]
    no_pass(small, monkeypatch)
    for ask in (engine_of(small).generate, engine_of(small).stream):
        with pytest.raises(error, match=message):
            ask(make())


def test_settings_that_cannot_work_are_refused(small: VL2Model) -> None:
    """No tokens to generate, no tokens in a chunk."""
    with pytest.raises(ValueError, match="max_new_tokens"):
        engine_of(small).generate(text_prompt(5), max_new_tokens=0)
    with pytest.raises(ValueError, match="prefill_chunk"):
        engine_of(small, prefill_chunk=0)


def test_logits_that_are_no_numbers_are_an_error(small: VL2Model) -> None:
    """Named, and nothing of them is remembered."""
    model = random_model(config_like("small"))
    engine = engine_of(model)
    with torch.no_grad():
        model.language.model.norm.weight.fill_(float("nan"))
    with pytest.raises(LogitsError, match="NaN"):
        engine.generate(text_prompt(5))
    with pytest.raises(LogitsError, match="token 0"):
        engine.generate_batch([text_prompt(5)])
    assert engine.prefix_cache is not None
    assert engine.prefix_cache.nbytes == 0


def test_a_cache_that_does_not_fit_is_an_error(small: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is allocated, with the bytes it needs."""
    monkeypatch.setattr("vl2.checkpoint.memory.available_bytes", lambda device: 1000)
    with pytest.raises(OutOfMemory, match="cache of 1 x 768 tokens") as caught:
        engine_of(small).generate(text_prompt(5))
    assert caught.value.needed_bytes > 1000


def test_running_out_during_a_pass_is_an_error(small: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """What torch says in its own words on the CPU."""
    engine = engine_of(small)

    def hungry(*args: Any, **kwargs: Any) -> torch.Tensor:
        return torch.empty(2**60, dtype=torch.uint8)

    monkeypatch.setattr(small, "forward", hungry)
    with pytest.raises(OutOfMemory, match="a pass of the model") as caught:
        engine.generate(text_prompt(5))
    assert caught.value.needed_bytes == 2**60


def test_other_errors_stay_what_they_are(small: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """A RuntimeError about something else is not called memory."""

    def broken(*args: Any, **kwargs: Any) -> torch.Tensor:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(small, "forward", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        engine_of(small).generate(text_prompt(5))


def test_a_tile_cache_can_be_shared(small: VL2Model) -> None:
    """Two engines of one model encode a picture once."""
    cache, inputs = TileCache(), prompt([picture(2, 1)])
    for _ in range(2):
        engine_of(small, tile_cache=cache).generate(inputs, max_new_tokens=1)
    assert (cache.counters.hits, cache.counters.misses) == (3, 3)
