// A shift note with the words that carry each aspect.

import { onSubmit, send } from "./api.js";
import { byId, el, table, warnings } from "./dom.js";

export function startNote() {
  onSubmit(byId("note-form"), byId("note-result"), "reading", async (form) => {
    const result = await (await send("/v1/tools/analyze_note", { note: form.get("note") })).json();
    const { aspects, sentences } = result.details;
    const rows = aspects.map((row) => [row.aspect, row.severity, row.severity_probability.toFixed(2), row.probability.toFixed(2), row.words.join(", ")]);
    return [
      el("p", { class: "read" }, sentences.flatMap((sentence) => [...highlighted(sentence, aspects.filter((row) => row.sentence === sentence)), " "])),
      rows.length ? table(["aspect", "how it is", "probability", "spoken of", "by the words"], rows) : el("p", {}, result.summary),
      warnings(result.warnings),
      result.model ? el("p", { class: "quiet" }, `Model ${result.model.name}, version ${result.model.version}; trained on: ${result.model.data_label}.`) : "",
    ];
  });
}

function highlighted(sentence, rows) {
  const spans = rows.flatMap((row) => row.words.map((word) => [sentence.indexOf(word), word.length, `${row.aspect}: ${row.severity}`])).filter(([at]) => at >= 0);
  spans.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
  const parts = [];
  let end = 0;
  for (const [at, length, title] of spans) {
    if (at < end) continue;
    parts.push(sentence.slice(end, at), el("mark", { title }, sentence.slice(at, at + length)));
    end = at + length;
  }
  return [...parts, sentence.slice(end)];
}
