// A shift note with the words that carry each aspect.

import { onSubmit, send } from "./api.js";
import { byId, el, table, warnings } from "./dom.js";

export function startNote() {
  onSubmit(byId("note-form"), byId("note-result"), "reading", async (form) => {
    const result = await (await send("/v1/tools/analyze_note", { note: form.get("note") })).json();
    const { aspects } = result.details;
    const rows = aspects.map((row) => [row.aspect, `${row.severity} (${row.severity_probability.toFixed(2)})`, row.words.join(", ")]);
    return [
      el("p", { class: "read" }, highlighted(form.get("note").trim().replace(/\s+/g, " "), aspects)),
      rows.length ? table(["aspect", "how it is (probability)", "by the words"], rows) : el("p", {}, result.summary),
      warnings(result.warnings),
      result.model ? el("p", { class: "quiet" }, `Model ${result.model.name}, version ${result.model.version}; trained on: ${result.model.data_label}.`) : "",
    ];
  });
}

// The note, with the words that carry an aspect marked where they stand in the sentence that decides on it.
function highlighted(note, aspects) {
  const spans = aspects.flatMap(({ aspect, severity, sentence, words }) => {
    const begun = note.indexOf(sentence.replace(/\s+/g, " "));
    return begun < 0 ? [] : words.map((word) => [note.indexOf(word, begun), word.length, `${aspect}: ${severity}`]).filter(([at]) => at >= 0);
  });
  spans.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
  const parts = [];
  let end = 0;
  for (const [at, length, title] of spans) {
    if (at < end) continue;
    parts.push(note.slice(end, at), el("mark", { title }, note.slice(at, at + length)));
    end = at + length;
  }
  return [...parts, note.slice(end)];
}
