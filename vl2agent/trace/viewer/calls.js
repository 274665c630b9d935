// A model's calls: what each part of a prompt cost, what was sent, what came back.

const HUES = 8;

function callCards(calls) {
  return calls.map((call) => {
    const { reply } = call;
    const told = [duration(call.seconds), `${call.used.toLocaleString("en")} tokens sent`,
      reply && `${counted(reply.tokens, "token")} answered`, reply && reply.stop !== "eos" && reply.stop,
      reply?.cached && `${reply.cached.toLocaleString("en")} spared`,
      reply?.confidence != null && `mean probability ${reply.confidence.toFixed(3)}`];
    return h("article", { class: "call" },
      h("h4", {}, call.purpose, h("span", { class: "soft" }, told.filter(Boolean).join(" · "))),
      ledger(call),
      reply ? h("pre", { class: "reply" }, reply.text || "(nothing)") : h("pre", { class: "reply bad" }, call.error),
      reply?.located.map(coordinates),
      call.prompt.map(({ role, text }) => fold(`prompt (${role})`, h("pre", {}, text))),
      call.pictures.length > 0 && h("p", { class: "soft small" }, call.pictures.map(({ region, size }) => `${placed(region)} sent as ${size.join("×")}`).join("; ")),
      reply && fold("timings and grammar", facts(Object.entries(reply.timings).map(([name, s]) => [name.replace(/_s$/, "").replace("_", " "), duration(s)])),
        call.grammar && h("pre", {}, JSON.stringify(call.grammar, null, 1))));
  });
}

function ledger(call) {
  const kind = (name, number) => (name === "reply" || name === "free" ? name : `hue${number % HUES}`);
  const parts = call.ledger.filter(([, tokens]) => tokens > 0);
  const words = parts.map(([name, tokens]) => `${name} ${tokens.toLocaleString("en")}`);
  const bars = parts.map(([name, tokens], number) => h("span", { class: kind(name, number), title: words[number], style: { "flex-grow": tokens } }));
  const keys = call.ledger.map(([name, tokens], number) => h("li", {}, h("span", { class: kind(name, number) }), `${name} ${tokens.toLocaleString("en")}`));
  return [
    h("div", { class: "ledger", role: "img", "aria-label": `of ${call.window} tokens: ${words.join(", ")}` }, bars),
    fold(`${(call.used + call.reserve).toLocaleString("en")} of ${call.window.toLocaleString("en")} tokens`, h("ul", { class: "keys" }, keys)),
  ];
}

function coordinates({ words, confidence, edges }) {
  if (!edges.length) return null;
  const cells = edges.map((each) => h("tr", {}, h("th", { scope: "row" }, each.side), h("td", {}, String(each.value)),
    h("td", {}, (each.expected ?? NaN).toFixed(1)), h("td", {}, meter(each.confidence))));
  const head = ["edge", "said", "expected", "probability"].map((name) => h("th", { scope: "col" }, name));
  return h("table", { class: "edges" }, h("caption", {}, `“${words}” on the grid 0…999 `, meter(confidence)), h("thead", {}, h("tr", {}, head)), h("tbody", {}, cells));
}
