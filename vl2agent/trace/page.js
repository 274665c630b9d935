// A click on a picture shows it large; another click, or Escape, closes it. Arrows go from step to step.
const dialog = document.querySelector("dialog");
document.addEventListener("click", (event) => {
  const screen = event.target.closest("svg.screen");
  if (dialog.open) { dialog.close(); return; }
  if (!screen) return;
  const [, , width, height] = screen.getAttribute("viewBox").split(" ");
  dialog.style.setProperty("--aspect", width / height);
  dialog.replaceChildren(screen.cloneNode(true));
  dialog.showModal();
});
document.addEventListener("keydown", (event) => {
  const steps = [...document.querySelectorAll(".step")];
  const move = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 }[event.key];
  if (!move || dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = steps.findLastIndex((step) => step.getBoundingClientRect().top < 40);
  steps[Math.min(Math.max(at + move, 0), steps.length - 1)]?.scrollIntoView({ behavior: "smooth" });
});
