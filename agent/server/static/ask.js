// A conversation: each question with its progress, the draft, and then the checked answer with its evidence.

import { events, send, settings } from "./api.js";
import { byId, el, failure, working } from "./dom.js";
import { checked, evidence, text } from "./evidence.js";

const EXAMPLES = [
  "Would a bead at 188 A, 21.4 V and 48 cm/min be normal?",
  "What heat input do 200 A, 22 V and 8 mm/s with CMT give?",
  "What causes humping at high travel speed?",
];
const MOST = 12; // messages that go along: more than the server looks back at
let said = [];
let turns = 0;
let leave = null; // ends the turn that runs

export function startAsking() {
  const form = byId("question");
  const field = byId("text");
  byId("examples").append(...EXAMPLES.flatMap((example) => {
    const button = el("button", { type: "button", class: "plain" }, example);
    button.addEventListener("click", () => { field.value = example; field.focus(); });
    return [el("br"), button];
  }));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  byId("again").addEventListener("click", () => {
    leave?.abort();
    said = []; // a turn that still ends writes into the old one
    byId("turns").replaceChildren();
    byId("again").hidden = true;
    byId("examples").hidden = false;
    field.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.disabled || !field.value.trim()) return;
    button.disabled = true;
    const question = field.value.trim();
    field.value = "";
    byId("examples").hidden = true;
    const before = said;
    await turn(question);
    button.disabled = false;
    if (said === before) byId("again").hidden = false;
    field.focus();
  });
}

async function turn(question) {
  const before = said;
  const place = el("div", { class: "answer" });
  byId("turns").append(el("li", {}, el("p", { class: "asked" }, question), place));
  const status = working("asking");
  const draft = el("p", { class: "draft", hidden: "", "aria-label": "Draft, not checked yet" });
  const stop = el("button", { type: "button", class: "plain" }, "Stop");
  const own = (leave = new AbortController());
  stop.addEventListener("click", () => own.abort());
  place.append(status, draft, stop);
  status.scrollIntoView({ block: "nearest" });
  try {
    const messages = [...before.slice(-MOST), { role: "user", content: question }];
    const answer = await listen(await send("/v1/chat/completions", { model: "waam", stream: true, messages }, own.signal), status, draft);
    const name = `turn-${++turns}`;
    const { quantities } = await settings();
    place.replaceChildren(...text(answer, name), ...evidence(answer, name, quantities), checked(answer));
    before.push({ role: "user", content: question }, { role: "assistant", content: answer.answer });
  } catch (error) {
    place.replaceChildren(error.name === "AbortError" ? el("p", { class: "quiet" }, "Stopped.") : failure(error));
  }
}

async function listen(reply, status, draft) {
  let answer = null;
  for await (const chunk of events(reply)) {
    if (chunk.error) throw new Error(chunk.error.message);
    const told = chunk.waam;
    if (!told) continue;
    if (!told.event) answer = told;
    else if (told.event === "draft") {
      draft.hidden = false;
      draft.textContent += told.text;
    } else {
      status.textContent = told.text.replaceAll("_", " ");
      draft.textContent = ""; // what is written next is a new draft
    }
  }
  if (!answer) throw new Error("The answer broke off; ask again.");
  return answer;
}
