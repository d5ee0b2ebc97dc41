// A form of this page, or one of ours, that ends in choosing a time. One global, `Handrail`; what it
// draws lies in a shadow root and carries no style sheet, so that neither side changes the other.
// Where the page's policy forbids one way (asking, framing), the next plainer one is taken; the
// plainest is the browser's own sending of the form.
((given) => {
  "use strict";
  const script = document.currentScript;
  if (!script) return;
  const home = new URL(script.src).origin;
  const known = (window.Handrail ??= { forms: {} });
  if (known.forms[given.form]) return;
  const address = (path) => new URL(path, home).href;
  let token = given.token;

  const box = (after) => {
    const host = document.createElement("div");
    host.dataset.handrail = given.form;
    after.after(host);
    return host.attachShadow({ mode: "open" });
  };

  const say = (root, text, role) => {
    const line = document.createElement("p");
    line.setAttribute("role", role);
    line.textContent = text;
    root.replaceChildren(line);
  };

  // A page of ours inside this one; where frames are forbidden, what `otherwise` says.
  const frame = (root, path, title, otherwise) => {
    const inside = document.createElement("iframe");
    inside.title = title;
    inside.style.cssText = "inline-size: 100%; block-size: 44rem; border: 0; display: block";
    const refused = (event) => {
      if (!event.blockedURI.startsWith(home) || !/^(frame|child|default)-src/.test(event.effectiveDirective)) return;
      document.removeEventListener("securitypolicyviolation", refused);
      otherwise();
    };
    document.addEventListener("securitypolicyviolation", refused);
    inside.src = address(path);
    root.replaceChildren(inside);
  };

  const hide = (form) => {
    form.hidden = true;
    form.style.display = "none";
  };

  // The browser's own way: it leaves the page for ours.
  const leave = (form) => {
    const before = { action: form.getAttribute("action"), method: form.getAttribute("method") };
    const added = document.createElement("input");
    Object.assign(added, { type: "hidden", name: given.tokenName, value: token });
    form.append(added);
    form.setAttribute("action", address(given.action));
    form.setAttribute("method", "post");
    const refused = (event) => {
      if (event.effectiveDirective !== "form-action") return;
      document.removeEventListener("securitypolicyviolation", refused);
      added.remove();
      for (const name of ["action", "method"]) {
        if (before[name] === null) form.removeAttribute(name);
        else form.setAttribute(name, before[name]);
      }
      HTMLFormElement.prototype.submit.call(form); // as the page meant it
    };
    document.addEventListener("securitypolicyviolation", refused);
    HTMLFormElement.prototype.submit.call(form);
  };

  const send = async (form, root) => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    body.set(given.tokenName, token);
    let answer;
    try {
      answer = await fetch(address(given.action), {
        method: "POST",
        body,
        headers: { accept: "application/json" },
        credentials: "omit",
      });
      answer = { ok: answer.ok, ...(await answer.json()) };
    } catch {
      leave(form);
      return;
    }
    if (!answer.ok) {
      token = answer.token ?? token;
      say(root, answer.said, "alert");
    } else if (answer.page) {
      hide(form);
      frame(root, answer.page, "Choose a time", () => location.assign(address(answer.page)));
    } else {
      hide(form);
      say(root, answer.thanks, "status");
    }
  };

  const join = (form) => {
    const root = box(form);
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      send(form, root);
    });
  };

  const begin = () => {
    const wanted = script.dataset.for;
    if (!wanted) {
      const root = box(script);
      frame(root, given.action, given.title, () => {
        const link = document.createElement("a");
        Object.assign(link, { href: address(given.action), textContent: given.title });
        root.replaceChildren(link);
      });
      return;
    }
    const form = document.querySelector(wanted);
    if (form instanceof HTMLFormElement) join(form);
    else console.warn(`Handrail: no form matches ${wanted}`);
  };

  known.forms[given.form] = true;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})(GIVEN);
