// A report on a data file, shown in a frame that runs no scripts.

import { onSubmit, request } from "./api.js";
import { byId, el } from "./dom.js";

export function startData() {
  onSubmit(byId("data-form"), byId("data-result"), "reading the data", async (form) => {
    if (!form.get("test").name) form.delete("test");
    const report = await (await request("/page/data-report", { method: "POST", body: form })).json();
    return [
      el("h2", {}, "Findings"),
      report.findings.length ? el("ul", {}, report.findings.map((line) => el("li", {}, line))) : el("p", {}, "Nothing stands out."),
      el("p", {}, el("a", { href: report.url, target: "_blank", rel: "noopener" }, "Open the report by itself"), " (kept until a few others were made)"),
      el("iframe", { src: report.url, title: "Data report", sandbox: "" }),
    ];
  });
}
