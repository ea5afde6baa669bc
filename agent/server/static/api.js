// Requests to the server this page comes from, with the key where it asks for one.

import { byId, failure, working } from "./dom.js";

export const key = {
  get: () => sessionStorage.getItem("waam-key") ?? "",
  set: (value) => sessionStorage.setItem("waam-key", value),
};

export async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  let reply;
  try {
    reply = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached; is `waam serve` still running?");
  }
  if (reply.ok) return reply;
  if (reply.status === 401) byId("key").hidden = false;
  throw new Error((await reply.json().catch(() => null))?.error?.message ?? `The server answered ${reply.status}.`);
}

let known = null;

// What the forms are made of and what quantities are called; asked for until it is told.
export const settings = async () => (known ??= await (await request("/page/settings")).json());

export const send = (path, body, signal) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

// The objects of a stream of server-sent events, one after the other.
export async function* events(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (kept + value).split("\n\n");
    kept = parts.pop();
    for (const part of parts) if (part.startsWith("data: ") && part !== "data: [DONE]") yield JSON.parse(part.slice(6));
  }
}

// What a form does when it is sent: once at a time, the outcome or the error in `place`.
export function onSubmit(form, place, words, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type=button])");
    button.disabled = true;
    place.replaceChildren(working(words));
    try {
      place.replaceChildren(...(await work(new FormData(form))));
    } catch (error) {
      place.replaceChildren(failure(error));
    } finally {
      button.disabled = false;
    }
  });
}
