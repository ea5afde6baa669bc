// An answer object as elements: its text with marks that lead to what they stand for, tool results, passages, checks.

import { el, number, svg, table, warnings } from "./dom.js";

const MARK = /\[([TK]\d+)\]/g;

export function text(answer, name) {
  const known = new Set([...answer.tool_calls, ...answer.citations].map((each) => each.id));
  const [said, ...notes] = answer.answer.split(/\n+(?=Note: )/);
  const kind = { degraded: "warning", error: "warning failed", refused: "warning" }[answer.status];
  const paragraphs = said.split(/\n{2,}/).map((line, place) => [line, kind && (answer.status !== "degraded" || place > 0) ? kind : null]);
  return [...paragraphs, ...notes.map((line) => [line, "note"])].map(([line, about]) => el("p", { class: about }, marked(line, name, known)));
}

function marked(line, name, known) {
  return line.split(MARK).map((part, place) => (place % 2 ? (known.has(part) ? link(part, `${name}-${part}`) : `[${part}]`) : part));
}

function link(mark, id) {
  const made = el("a", { href: `#${id}` }, `[${mark}]`);
  made.addEventListener("click", (event) => {
    event.preventDefault();
    const shown = document.getElementById(id);
    document.querySelectorAll(".evidence.found").forEach((each) => each.classList.remove("found"));
    shown.classList.add("found");
    shown.open = true;
    shown.scrollIntoView({ block: "nearest" });
    shown.querySelector("summary").focus();
  });
  return made;
}

// `quantities`: title and unit by name
export const evidence = (answer, name, quantities) => [
  ...answer.tool_calls.map((call) => ofTool(call, `${name}-${call.id}`, answer.answer, quantities)),
  ...answer.citations.map((citation) => ofPassage(citation, `${name}-${citation.id}`)),
];

function ofTool(call, id, said, quantities) {
  const { result } = call;
  const head = el("summary", {}, `[${call.id}] `, el("code", {}, call.name), ` in ${number(call.ms)} ms`);
  if (!result) return el("details", { class: "evidence", id, open: "" }, head, el("p", {}, call.error));
  const given = Object.entries(result.inputs).map(([setting, value]) => {
    const [title, unit] = quantities[setting] ?? [setting.replaceAll("_", " "), ""];
    return [title, typeof value === "number" ? number(value) : String(value).replaceAll("_", " "), unit].filter(Boolean).join(" ");
  });
  const made = result.model ? `Model ${result.model.name}, version ${result.model.version}; trained on: ${result.model.data_label}.` : "";
  return el("details", { class: "evidence", id, open: result.estimates.length ? "" : null }, head,
    result.estimates.length ? estimates(result.estimates, quantities) : el("p", {}, result.summary),
    warnings(result.warnings.filter((line) => !said.includes(line))), // what the answer notes already is not said twice
    given.length ? el("p", { class: "quiet" }, `With ${given.join(", ")}.`) : "",
    made ? el("p", { class: "quiet" }, made) : "");
}

function estimates(list, quantities) {
  const intervals = list.some((each) => each.interval);
  const chances = list.some((each) => each.probability !== null);
  const headings = ["", "value", ...(chances ? ["probability"] : []), ...(intervals ? ["interval", ""] : [])];
  return table(headings, list.map((each) => [
    quantities[each.name]?.[0] ?? each.name.replaceAll("_", " "),
    el("td", { class: typeof each.value === "number" ? "number" : null }, shown(each)),
    ...(chances ? [el("td", { class: "number" }, each.probability === null ? "" : each.probability.toFixed(2))] : []),
    ...(intervals ? (each.interval ? [between(each), reach(each)] : ["", ""]) : []),
  ]));
}

const shown = (each) => {
  const value = typeof each.value === "boolean" ? (each.value ? "yes" : "no") : typeof each.value === "number" ? number(each.value) : each.value;
  return each.unit ? `${value} ${each.unit}` : value;
};

const between = (each) => `${number(each.interval[0])} to ${number(each.interval[1])} (${Math.round(each.level * 100)}%)`;

// The interval as a line from zero on, with the value on it.
function reach(each) {
  const [low, high] = each.interval;
  const most = Math.max(high, Number(each.value)) * 1.05;
  const at = (value) => 2 + (176 * Math.max(value, 0)) / most;
  return svg("svg", { class: "bar", viewBox: "0 0 180 12", "aria-hidden": "true" },
    svg("path", { class: "from", d: "M2 2v8M2 6H178" }),
    svg("path", { class: "range", d: `M${at(low)} 6H${at(high)}M${at(low)} 2v8M${at(high)} 2v8` }),
    svg("circle", { class: "value", cx: at(Number(each.value)), cy: 6, r: 4 }));
}

function ofPassage(citation, id) {
  const source = /^https?:\/\/\S+$/.test(citation.ref) ? el("a", { href: citation.ref, rel: "noopener noreferrer", target: "_blank" }, citation.ref) : citation.ref;
  return el("details", { class: "evidence", id }, el("summary", {}, `[${citation.id}] ${citation.title}`),
    el("blockquote", {}, citation.quote), el("p", { class: "quiet" }, citation.source, " (", source, ")"));
}

export function checked(answer) {
  const { checks, timings_ms: spent } = answer;
  const words = (well, good, bad) => el("span", { class: well ? "good" : "bad" }, well ? `✓ ${good}` : `✗ ${bad}`);
  const [supported, sentences] = checks.supported_sentences;
  const parts = answer.tool_calls.length
    ? [words(checks.numbers_supported, "numbers traced", "a number is not traced"), words(checks.citations_valid, "citations hold", "a citation does not hold"),
      sentences ? `${supported} of ${sentences} sentences rest on a result` : "",
      `written ${checks.composer === "llm" ? "by the language model" : "from the results, without a language model"}`]
    : [];
  parts.push(`${answer.status}${spent.total ? ` in ${number(spent.total / 1000)} s` : ""}`);
  return el("p", { class: "checks" }, parts.filter(Boolean).flatMap((part, place) => (place ? [" · ", part] : [part])));
}
