// The list of the conversations that this browser keeps: finding one, opening it, renaming,
// deleting, taking all of them along.  Each tab has one open, and keeps it as it is shown.
(() => {
  "use strict";
  const { memory, post, download } = window.yinju;
  const OPEN = "yinju-open"; // the conversation that a tab has open; a reload finds it there
  const CLOSED = "yinju-history"; // "closed" where somebody wants no list beside the conversation
  const PATIENCE = 10_000; // milliseconds in which a deletion can be undone
  const AT_ONCE = 10; // conversations that the server exports at a time, …
  const LARGE = 512 << 10; // … and about how many bytes of them
  const find = (selector, within = document) => within.querySelector(selector);
  const beside = window.matchMedia("(min-width: 1360px)"); // where there is room for a column
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const filled = (form, values) => {
    let text = form;
    for (const [name, value] of Object.entries(values)) text = text.split(`{${name}}`).join(value);
    return text;
  };
  // A browser that is told to store nothing throws here; that it keeps nothing is told elsewhere.
  const recollect = (storage, name) => {
    try {
      return window[storage].getItem(name);
    } catch {
      return null;
    }
  };

  const panel = () => find("#yj-history");
  // Characters that would turn the direction of the text, or show nothing, are shown as missing.
  const DECEPTIVE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?![\t\n\r])\p{Cc}|\p{Cs}/gu;
  const titleOf = ({ name, first }) => (name || first).replace(DECEPTIVE, "\ufffd");
  let conversations = [];
  let wanted = recollect("sessionStorage", OPEN); // what the page shows when it next asks
  let current = null; // the key of the conversation that is shown

  // -- telling -------------------------------------------------------------------------------

  let telling = 0;
  const tell = (text, undo) => {
    const toast = find(".yj-toast");
    const button = find(".yj-undo", toast);
    clearTimeout(telling);
    find("p", toast).textContent = text;
    button.hidden = !undo;
    button.onclick = undo;
    telling = setTimeout(() => {
      const isFocused = button === document.activeElement;
      find("p", toast).textContent = "";
      button.hidden = true;
      if (isFocused) find(".yj-history-search").focus();
    }, PATIENCE);
  };
  // Runs what was asked for; what goes wrong is told.
  const attempt = async (work) => {
    try {
      return await work();
    } catch (error) {
      tell(filled(panel().dataset.failed, { problem: error.message || error.name }));
      return undefined;
    }
  };

  // -- the list ------------------------------------------------------------------------------

  const folded = (text) => text.normalize("NFKC").toLowerCase();
  const texts = new WeakMap(); // what is looked through of a conversation
  const textOf = (conversation) => {
    if (!texts.has(conversation)) {
      const said = conversation.turns.flatMap(({ question, answer }) => {
        const { text, reading, table } = answer || {};
        const rows = table && Array.isArray(table.rows) ? table.rows : [];
        const cells = rows.flatMap((row) => (row ? [row.part, row.said] : []));
        return [question, text, reading, ...cells];
      });
      const all = [conversation.name, ...said].filter((text) => typeof text === "string");
      texts.set(conversation, folded(all.join("\n")));
    }
    return texts.get(conversation);
  };

  const timeOf = (changed) => {
    const at = new Date(changed);
    const today = at.toDateString() === new Date().toDateString();
    const year = at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
    const parts = today
      ? { hour: "2-digit", minute: "2-digit" }
      : { month: "numeric", day: "numeric", ...year };
    const shown = element("time", "", new Intl.DateTimeFormat(panel().lang, parts).format(at));
    shown.dateTime = at.toISOString();
    return shown;
  };

  const rowOf = (conversation) => {
    const { dataset } = panel();
    const row = element("li");
    row.dataset.key = conversation.key;
    const [open, rename, remove] = ["open", "rename", "delete"].map((name) => {
      const button = element("button", `yj-history-${name}`);
      button.type = "button";
      return button;
    });
    rename.append("✎");
    remove.append("×");
    for (const [button, form] of [[rename, dataset.rename], [remove, dataset.delete]]) {
      button.setAttribute("aria-label", filled(form, { name: titleOf(conversation) }));
    }
    const facts = element("small");
    const count = filled(dataset.questions, { n: conversation.turns.length });
    facts.append(timeOf(conversation.changed), ` · ${count}`);
    open.append(element("bdi", "", titleOf(conversation)), facts);
    if (conversation.key === current) open.setAttribute("aria-current", "true");
    row.append(open, rename, remove);
    return row;
  };

  // A row that says the same as before stays, and with it the focus.
  const render = () => {
    const words = folded(find(".yj-history-search").value).split(/\s+/).filter(Boolean);
    const found = conversations.filter((one) => words.every((word) => textOf(one).includes(word)));
    const list = find(".yj-history-list");
    const before = new Map([...list.children].map((row) => [row.dataset.key, row]));
    const focused = document.activeElement;
    const rows = found.map((conversation) => {
      const made = rowOf(conversation);
      const old = before.get(conversation.key);
      return old && (find("form", old) || old.outerHTML === made.outerHTML) ? old : made;
    });
    for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
    rows.forEach((row, place) => {
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] || null);
    });
    const lost = !focused.isConnected && focused.closest("li");
    if (lost) focusOn(lost.dataset.key, focused.className);
    const told = words.length ? filled(panel().dataset.found, { n: found.length }) : "";
    const line = find(".yj-history-found");
    if (line.textContent !== told) line.textContent = told;
    document.body.classList.toggle("yj-kept", conversations.length > 0);
    tellOpen();
  };
  const focusOn = (key, className = "yj-history-open") => {
    const row = find(`.yj-history-list [data-key="${CSS.escape(key)}"]`);
    const place = row ? row.getElementsByClassName(className)[0] : find(".yj-history-search");
    if (place) place.focus();
  };
  const refresh = () =>
    attempt(async () => {
      conversations = await memory.all();
      render();
    });
  document.addEventListener("yj-kept", () => panel() && refresh());

  // -- opening and closing the list ----------------------------------------------------------

  // Beside the conversation it is open until somebody closes it, over it until something is chosen.
  const classes = document.body.classList;
  const isOpen = () =>
    beside.matches
      ? classes.contains("yj-kept") && !classes.contains("yj-history-closed")
      : classes.contains("yj-history-drawn");
  const tellOpen = () => {
    const toggle = find(".yj-history-toggle");
    if (toggle) toggle.setAttribute("aria-expanded", String(isOpen()));
  };
  const draw = (open) => {
    if (beside.matches) {
      classes.toggle("yj-history-closed", !open);
      attempt(() => localStorage.setItem(CLOSED, open ? "" : "closed"));
    } else {
      classes.toggle("yj-history-drawn", open);
    }
    tellOpen();
    find(open ? ".yj-history-close" : ".yj-history-toggle").focus();
  };

  // -- one conversation ----------------------------------------------------------------------

  // What Gradio hands to the server when the page is opened, and when its button is pressed.
  window.yinju.kept = async () => {
    const kept = wanted && (await attempt(() => memory.get(wanted)));
    return kept ? JSON.stringify({ key: kept.key, turns: kept.turns }) : "";
  };
  // The conversation that is shown, which goes with every question.
  window.yinju.going = () => {
    const log = find("#yj-conversation .yj-log[data-conversation]");
    return log ? JSON.stringify({ key: log.dataset.conversation, turns: told(log) }) : "";
  };
  // The turns that are shown; what failed need not be kept.
  const told = (log) =>
    [...log.querySelectorAll(".yj-turn[data-turn]")]
      .map((turn) => JSON.parse(turn.dataset.turn))
      .filter((turn) => !turn.error);
  const open = (key) => {
    if (key === current) return;
    wanted = key;
    find("#yj-open button, button#yj-open").click();
  };

  const rename = (row) => {
    const { dataset } = panel();
    const conversation = conversations.find(({ key }) => key === row.dataset.key);
    const form = element("form");
    const input = element("input");
    Object.assign(input, { value: titleOf(conversation), maxLength: 200, autocomplete: "off" });
    input.setAttribute("aria-label", dataset.name);
    const save = element("button", "", dataset.save);
    form.append(input, save);
    const end = () => {
      form.remove();
      render();
      focusOn(row.dataset.key);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = input.value.trim();
      attempt(async () => {
        if (name !== titleOf(conversation)) await memory.rename(conversation.key, name);
        conversations = await memory.all();
        end();
      });
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation(); // which would close the list, too
      end();
    });
    row.replaceChildren(form);
    input.focus();
    input.select();
  };

  const remove = (key) =>
    attempt(async () => {
      const removed = await memory.remove(key);
      if (!removed) return; // another tab was faster
      const wasOpen = key === current;
      if (wasOpen) {
        current = null;
        find("#yj-new button, button#yj-new").click();
      }
      tell(filled(panel().dataset.deleted, { name: titleOf(removed) }), () =>
        attempt(async () => {
          const back = await memory.restore(removed);
          tell("");
          if (wasOpen) open(back);
          await refresh();
          focusOn(back);
        }),
      );
      find(".yj-undo").focus();
    });

  const takeAllAlong = async () => {
    const batches = [];
    let room = 0;
    for (const one of await memory.all()) {
      const size = memory.sizeOf(one.turns);
      if (!batches.length || batches.at(-1).length === AT_ONCE || size > room) {
        batches.push([]);
        room = LARGE;
      }
      room -= size;
      batches.at(-1).push({ title: titleOf(one).slice(0, 2000), turns: one.turns });
    }
    const written = [];
    for (const batch of batches) {
      const response = await post("conversation/export/all", { conversations: batch });
      written.push(await response.text());
    }
    const content = new Blob([written.join("\n")], { type: "text/markdown" });
    download(content, `${panel().dataset.title}.md`);
  };

  // -- keeping what is shown -----------------------------------------------------------------

  let last = ""; // what was shown when last looked at
  let keeping = Promise.resolve();
  const keep = (key, turns) => {
    keeping = keeping.then(() =>
      attempt(async () => {
        const { most, bytes } = panel().dataset;
        const bounds = { most: Number(most), bytes: Number(bytes) };
        const dropped = turns.length ? await memory.keep(key, turns, bounds) : [];
        if (dropped.length) {
          tell(filled(panel().dataset.dropped, { name: dropped.map(titleOf).join("、") }));
        }
        current = memory.keyOf(key);
        sessionStorage.setItem(OPEN, current);
        render();
      }),
    );
  };
  const look = () => {
    const list = panel();
    if (!list) return;
    if (!("ready" in list.dataset)) {
      list.dataset.ready = ""; // Gradio makes it anew in the reader's language
      refresh();
    }
    tellOpen();
    const log = find("#yj-conversation .yj-log[data-conversation]");
    if (!log) return;
    const turns = [...log.querySelectorAll(".yj-turn[data-turn]")].map((turn) => turn.dataset.turn);
    const shown = [log.dataset.conversation, ...turns].join("\n");
    if (shown === last) return;
    last = shown;
    keep(log.dataset.conversation, told(log));
  };

  // -- what people do ------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const row = target.closest(".yj-history-list li");
    if (target.closest(".yj-history-toggle")) draw(!isOpen());
    else if (target.closest(".yj-history-close")) draw(false);
    else if (target.closest(".yj-history-rename")) rename(row);
    else if (target.closest(".yj-history-delete")) remove(row.dataset.key);
    else if (target.closest(".yj-history-export")) attempt(takeAllAlong);
    else if (target.closest(".yj-history-open")) {
      open(row.dataset.key);
      if (!beside.matches) draw(false);
    } else if (event.isTrusted && !beside.matches && isOpen()) {
      // A click beside the list, which those of this script on Gradio's buttons are not.
      if (!target.closest("#yj-history, .yj-toast")) draw(false);
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.matches(".yj-history-search")) render();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || beside.matches || !isOpen()) return;
    if (panel().contains(document.activeElement)) draw(false);
  });
  beside.addEventListener("change", tellOpen);
  classes.toggle("yj-history-closed", recollect("localStorage", CLOSED) === "closed");
  new MutationObserver(look).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["data-conversation"],
  });
})();
