// Keeps the console live: clocks tick, what changes on the server is fetched and shown.
"use strict";
(() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- time: the server's clock decides, whatever this machine thinks

  let ahead = new Date(root.dataset.now) - Date.now();
  const now = () => Date.now() + ahead;

  const two = (number) => String(number).padStart(2, "0");
  const span = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000);
    if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))}`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  };

  const put = (node, text) => {
    if (node && node.textContent !== text) node.textContent = text;
  };

  function tickClock(clock) {
    if (!clock.dataset.due) return;
    const opened = Date.parse(clock.dataset.opened);
    const due = Date.parse(clock.dataset.due);
    const paused = clock.dataset.paused ? Date.parse(clock.dataset.paused) : 0;
    const at = paused > now() ? paused : now();
    const left = due - at;
    put(one("b", clock), left > 0 ? span(left) : `${span(left)} late`);
    const state = paused > now() ? "paused" : left <= 0 ? "late" : at >= Date.parse(clock.dataset.warn) ? "warned" : "running";
    if (clock.dataset.state !== state) clock.dataset.state = state;
    const rail = one(".rail > i", clock);
    if (rail) rail.style.inlineSize = `${Math.max(0, Math.min(100, (100 * left) / Math.max(1, due - opened)))}%`;
  }

  function tick() {
    all(".clock").forEach(tickClock);
    setTimeout(tick, 1000 - (now() % 1000) + 5);
  }

  const shapes = {
    clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    day: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    date: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  };
  const formats = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, new Intl.DateTimeFormat(navigator.language, shape)]),
  );
  const localTimes = (within) =>
    all("time[data-shape]", within).forEach((node) => put(node, formats[node.dataset.shape].format(new Date(node.dateTime))));

  // --- theme

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  function turnTheme() {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("handrail-theme", root.dataset.theme);
    } catch {
      // it holds until the page is left
    }
  }

  // --- the board

  const board = one("#board");
  let chosen = null;

  const rows = () => all("tr[data-key]", board || document).filter((row) => !row.hidden);

  function choose(key, scroll) {
    chosen = key;
    all("tr[data-key]", board).forEach((row) => {
      const is = row.dataset.key === key;
      row.classList.toggle("chosen", is);
      if (is && scroll) {
        row.scrollIntoView({ block: "nearest" });
        one("a", row).focus({ preventScroll: true });
      }
    });
  }

  function step(by) {
    const shown = rows();
    if (!shown.length) return;
    const at = shown.findIndex((row) => row.dataset.key === chosen);
    choose(shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + by))].dataset.key, true);
  }

  function find() {
    const words = one("#find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const every = all("tr[data-key]", board);
    every.forEach((row) => {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    });
    const none = one("#no-match");
    if (none) none.hidden = !words.length || every.some((row) => !row.hidden);
  }

  function flash(before) {
    all("tr[data-key]", board).forEach((row) => {
      if (before.get(row.dataset.key) !== row.dataset.sign) row.classList.add("flash");
    });
  }

  async function fetchText(url, etag) {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(url, { headers, credentials: "same-origin", cache: "no-store" });
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") location.reload();
    if (answer.status === 304) return null;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer;
  }

  let etag = null;

  async function refreshBoard() {
    const answer = await fetchText(board.dataset.url, etag);
    if (!answer) return;
    etag = answer.headers.get("ETag");
    ahead = new Date(answer.headers.get("X-Handrail-Now")) - Date.now();
    const before = new Map(all("tr[data-key]", board).map((row) => [row.dataset.key, row.dataset.sign]));
    const held = document.activeElement && board.contains(document.activeElement) ? chosen : null;
    board.innerHTML = await answer.text();
    localTimes(board);
    find();
    all(".clock", board).forEach(tickClock);
    choose(chosen, held !== null);
    flash(before);
  }

  // What somebody has begun to fill in outlives the page's renewal.
  function keepForm(begun, fresh) {
    if (!begun || !fresh) return;
    all("select, input", begun).forEach((field) => {
      const other = fresh.elements[field.name];
      other.value = field.value;
      if (field === document.activeElement) requestAnimationFrame(() => other.focus());
    });
  }

  async function refreshLead() {
    const answer = await fetchText(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    ahead = new Date(page.documentElement.dataset.now) - Date.now();
    const fresh = one("#lead", page);
    if (!fresh) return;
    const known = new Set(all("li[data-key]", one("#lead")).map((item) => item.dataset.key));
    const open = all("details", one("#lead")).map((node) => node.open);
    keepForm(one("#lead form.act"), one("form.act", fresh));
    one("#lead").replaceWith(document.adoptNode(fresh));
    all("details", one("#lead")).forEach((node, index) => (node.open = open[index] || false));
    all("li[data-key]", one("#lead")).forEach((item) => item.classList.toggle("flash", !known.has(item.dataset.key)));
    localTimes(one("#lead"));
    all(".clock").forEach(tickClock);
  }

  // --- live: at most one look a second, however much happens

  const GAP = 1000;
  let wanted = false;
  let looking = false;
  let looked = 0;

  function look() {
    wanted = true;
    if (looking) return;
    looking = true;
    setTimeout(async () => {
      wanted = false;
      looked = Date.now();
      try {
        await (board ? refreshBoard() : refreshLead());
        found();
      } catch {
        lost();
      }
      looking = false;
      if (wanted) look();
    }, Math.max(50, looked + GAP - Date.now()));
  }

  let lostAt = null;

  function say(state, text) {
    const live = one("#live");
    if (!live) return;
    live.dataset.state = state;
    put(one("b", live), text);
  }

  function lost() {
    if (lostAt === null) {
      lostAt = now();
      const since = one("#lost-since");
      since.dateTime = new Date(lostAt).toISOString();
      put(since, formats.clock.format(lostAt));
    }
    one("#lost").hidden = false;
    say("lost", "Offline");
  }

  function found() {
    lostAt = null;
    one("#lost").hidden = true;
    say("live", "Live");
  }

  function listen() {
    const source = new EventSource("/changes");
    let isFirst = true;
    source.onopen = () => {
      if (!isFirst) look(); // something may have happened while we did not hear
      isFirst = false;
      found();
    };
    source.onerror = () => {
      lost();
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
    source.addEventListener("reset", look);
    source.addEventListener("changed", (event) => {
      const lead = one("#lead");
      if (!lead) return look();
      const { changes } = JSON.parse(event.data);
      if (changes.some((change) => change.lead === lead.dataset.lead || change.lead === null)) look();
    });
    addEventListener("pagehide", () => source.close());
    addEventListener("offline", lost);
    addEventListener("online", look);
  }

  // --- keys

  const keys = {
    "/": () => one("#find") && one("#find").focus(),
    "?": () => one("#keys").showModal(),
    j: () => board && step(1),
    k: () => board && step(-1),
    b: () => location.assign("/"),
    c: () => location.assign("/contracts"),
    i: () => location.assign("/incidents"),
    n: () => location.assign("/deliveries"),
    p: () => location.assign("/people"),
    t: turnTheme,
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape" && event.target.id === "find") {
      event.target.value = "";
      find();
      event.target.blur();
    }
    if (typing || one("#keys").open || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // --- begin

  root.classList.add("scripted");
  one("#theme").addEventListener("click", turnTheme);
  one("#help").addEventListener("click", () => one("#keys").showModal());
  localTimes(document);
  tick();
  if (board) {
    one("#find").addEventListener("input", find);
    one("#filters").addEventListener("change", (event) => event.target.tagName === "SELECT" && event.target.form.submit());
    board.addEventListener("click", (event) => {
      if (event.target.id === "clear") {
        one("#find").value = "";
        find();
        return;
      }
      const row = event.target.closest("tr[data-key]");
      if (row && !event.target.closest("a") && !String(getSelection())) one("a", row).click();
    });
    board.addEventListener("focusin", (event) => {
      const row = event.target.closest("tr[data-key]");
      if (row) choose(row.dataset.key, false);
    });
  }
  if (board || one("#lead")) listen();
})();
