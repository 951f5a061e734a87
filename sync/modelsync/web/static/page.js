// Keys, dialogs and menus; what the page shows comes from the server.
"use strict";
(() => {
  const told = document.getElementById("told");
  const tell = (text) => { told.textContent = text; clearTimeout(tell.timer); tell.timer = setTimeout(() => { told.textContent = ""; }, 6000); };
  const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), select, textarea");
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  let goes = false;
  const here = document.querySelector(".top nav [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 24;

  const step = (by) => {
    const all = rows();
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) { next.focus({preventScroll: true}); next.scrollIntoView({block: "nearest"}); }
  };
  const follow = (selector) => { const link = document.querySelector(selector); if (link) link.click(); };
  const search = () => { const field = document.getElementById("q"); if (field) { field.focus(); field.select(); } };
  const help = () => { const keys = document.getElementById("keys"); if (!keys.open) keys.showModal(); };
  const keys = {"/": search, "j": () => step(1), "k": () => step(-1), "n": () => follow("a[rel=next]"), "p": () => follow("a[rel=prev]"), "?": help, "g": () => { goes = true; }};

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    // What is chosen is kept as it is chosen: Enter in a field only would load the page anew.
    if (event.key === "Enter" && event.target.matches(".plan input")) event.preventDefault();
    if (event.key === "Escape") {
      const menu = document.querySelector("details[open].chosen");
      if (menu) { menu.open = false; menu.firstElementChild.focus(); } else if (isTyping(event.target)) event.target.blur();
      return;
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const page = goes && /^[1-9]$/.test(event.key) && document.querySelectorAll(".top nav a")[event.key - 1];
    goes = false;
    if (page) page.click();
    else if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    for (const menu of document.querySelectorAll("details[open].chosen")) if (!menu.contains(event.target)) menu.open = false;
  });
  // What happens in jobs, in this tab or any other; a hidden tab keeps no connection.
  let stream = null;
  const follows = () => {
    if (document.hidden) { if (stream) stream.close(); stream = null; return; }
    if (stream) return;
    stream = new EventSource("/api/models/sync/events?since=now");
    stream.addEventListener("job", (event) => { tell(JSON.parse(event.data).text); htmx.trigger(document.body, "job"); });
    stream.addEventListener("state", () => htmx.trigger(document.body, "state"));
  };
  document.addEventListener("visibilitychange", follows);
  window.addEventListener("load", follows);
  window.addEventListener("pagehide", () => { if (stream) stream.close(); stream = null; });
  // An address says only what differs from the usual.
  document.addEventListener("htmx:configRequest", (event) => {
    const asked = event.detail.parameters;
    if (event.detail.verb !== "get") return;
    for (const name of Object.keys(asked)) {
      const usual = document.querySelector(`[data-usual-of="${name}"]`);
      const value = [].concat(asked[name]).join(",");
      if (value === "" || (usual && usual.dataset.usual === value)) delete asked[name];
    }
  });
  document.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr.status === 401 ? "Not signed in any more: the server was started anew." : "That did not work: the page is as it was."));
  document.addEventListener("htmx:sendError", () => tell("The server does not answer: the page is as it was."));

  for (const drop of document.querySelectorAll(".drop")) {
    const field = drop.querySelector("input[type=file]");
    for (const name of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.toggle("over", name === "dragover"); });
    }
    drop.addEventListener("drop", (event) => { field.files = event.dataTransfer.files; field.dispatchEvent(new Event("change", {bubbles: true})); });
  }
})();
