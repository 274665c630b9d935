// Plays the run: each step as it was planned on, then what came of it.

const STILL_MS = 1100;
let playing = null;

const playButton = h("button", { type: "button", "aria-pressed": "false", title: "Play (p)", onclick: togglePlaying }, "Play");

function togglePlaying() {
  if (playing !== null) return stopPlaying();
  if (shown.item === lastItem) show(0);
  modes.step = "before";
  if (shown.item === 0) move(1);
  else tell("mode");
  playing = setInterval(playOn, STILL_MS);
  showPlaying();
}

function playOn() {
  if (modeNow() === "before" && !single(items[shown.item])) return setMode("after");
  const from = shown.item;
  modes.step = "before";
  move(1);
  if (shown.item === from) stopPlaying();
}

function stopPlaying() {
  clearInterval(playing);
  playing = null;
  showPlaying();
}

function showPlaying() {
  playButton.setAttribute("aria-pressed", String(playing !== null));
  playButton.textContent = playing === null ? "Play" : "Pause";
}
