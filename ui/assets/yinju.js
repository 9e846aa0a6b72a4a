// The page's behaviour in the browser: showing the conversation, opening evidence, sending, and
// asking this page's own server for what takes longer than an answer.
(() => {
  "use strict";
  const find = (selector, within = document) => within.querySelector(selector);
  const narrow = window.matchMedia("(max-width: 860px)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  let opened = null; // the citation that the panel shows
  let shownTurns = 0; // turns that were complete when last looked at

  // Shows a conversation as the server sends it, but leaves turns alone that have not changed:
  // what somebody has opened or written in them stays, and so does what was added to them here.
  const sources = new WeakMap(); // the HTML that a part of the conversation was made of
  const show = (root, html) => {
    const made = element("template");
    made.innerHTML = html;
    const [log, sheets] = [".yj-log", ".yj-sheets"].map((part) => find(part, made.content));
    const shown = find(".yj-log", root) || root.appendChild(log.cloneNode(false));
    for (const { name, value } of log.attributes) shown.setAttribute(name, value);
    const before = new Map([...shown.children].map((part) => [sources.get(part), part]));
    const parts = [...log.children].map((part) => {
      const source = part.outerHTML;
      const same = before.get(source);
      before.delete(source);
      if (!same) sources.set(part, source);
      return same || part;
    });
    for (const part of [...shown.children]) if (!parts.includes(part)) part.remove();
    parts.forEach((part, place) => {
      if (shown.children[place] !== part) shown.insertBefore(part, shown.children[place] || null);
    });
    const old = find(".yj-sheets", root);
    if (old) old.replaceWith(sheets);
    else root.append(sheets);
  };
  window.yinju = { show };

  // Offsets count code points, the browser counts UTF-16 units.
  const units = (text, points) => {
    let unit = 0;
    for (let point = 0; point < points && unit < text.length; point += 1) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
    }
    return unit;
  };
  const span = (value) => (value ? value.split(",").map(Number) : null);

  // Marks [start, end) of the article in the paragraphs of a sheet; returns the first mark.
  const markQuote = (sheet, quote, inner) => {
    let first = null;
    const paragraphs = [...sheet.querySelectorAll("p[data-at]")];
    for (const paragraph of paragraphs) {
      const text = paragraph.textContent;
      const at = Number(paragraph.dataset.at);
      const within = ([start, end]) => {
        const from = units(text, Math.max(0, start - at));
        return [from, Math.max(from, units(text, Math.max(0, end - at)))];
      };
      const [from, to] = within(quote);
      if (from >= to) continue;
      const [markFrom, markTo] = inner ? within(inner) : [to, to];
      const pieces = [
        [0, from, ""],
        [from, markFrom, "yj-quoted"],
        [markFrom, markTo, "yj-quoted yj-marked"],
        [markTo, to, "yj-quoted"],
        [to, text.length, ""],
      ];
      paragraph.textContent = "";
      for (const [start, end, className] of pieces) {
        if (start >= end) continue;
        const piece = text.slice(start, end);
        const node = className
          ? element("mark", className, piece)
          : document.createTextNode(piece);
        paragraph.append(node);
        if (className && !first) first = node;
      }
    }
    return first;
  };

  const expand = (open) => {
    const panel = find("#yj-panel");
    if (!panel) return;
    panel.classList.toggle("yj-open", open);
    find(".yj-toggle", panel).setAttribute("aria-expanded", String(open));
  };

  const bringIntoView = (mark, scroller, share) => {
    const distance = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    const top = scroller.scrollTop + distance - scroller.clientHeight * share;
    // On a phone the sheet itself moves, and a browser may give up a scroll within it.
    const jump = calm.matches || (narrow.matches && scroller.closest("#yj-panel"));
    scroller.scrollTo({ top, behavior: jump ? "instant" : "smooth" });
  };

  const openEvidence = (button, chosen) => {
    const panel = find("#yj-panel");
    const source = find(`.yj-sheets [data-sheet="${CSS.escape(button.dataset.open)}"]`);
    if (!panel || !source) return;
    const sheet = source.cloneNode(true);
    const mark = markQuote(sheet, span(button.dataset.quote), span(button.dataset.mark));
    const turn = button.closest(".yj-turn");
    const number = button.dataset.number;
    const excerpt = number ? find(`[data-excerpt="${CSS.escape(number)}"]`, turn) : null;
    const text = find(".yj-panel-text", panel);
    const sameArticle = opened && opened.dataset.open === button.dataset.open;
    const before = text.scrollTop;
    find(".yj-panel-head", panel).replaceChildren(find(".yj-sheet-head", sheet));
    find(".yj-panel-excerpt", panel).replaceChildren(
      ...(excerpt ? [...excerpt.cloneNode(true).childNodes] : []),
    );
    text.replaceChildren(find(".yj-text", sheet));
    const title = find("h2", panel) ? find("h2", panel).textContent : "";
    find(".yj-toggle-title", panel).textContent = `${number ? `[${number}] ` : ""}${title}`;
    find(".yj-panel-blank", panel).hidden = true;
    find(".yj-panel-body", panel).hidden = false;
    for (const other of document.querySelectorAll("[data-open][aria-current]")) {
      other.removeAttribute("aria-current");
    }
    button.setAttribute("aria-current", "true");
    opened = button;
    if (chosen) expand(true);
    if (!mark) return;
    text.scrollTop = sameArticle ? before : 0;
    bringIntoView(mark, text, 0.3);
    if (chosen) {
      mark.tabIndex = -1;
      mark.focus({ preventScroll: true });
    }
  };

  const clearEvidence = () => {
    const panel = find("#yj-panel");
    opened = null;
    if (!panel) return;
    expand(false);
    find(".yj-panel-blank", panel).hidden = false;
    find(".yj-panel-body", panel).hidden = true;
    find(".yj-toggle-title", panel).textContent = "";
  };

  const fill = (box, text) => {
    const prototype = Object.getPrototypeOf(box);
    Object.getOwnPropertyDescriptor(prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // A question asked alone leans on no earlier one.
  const send = (question, alone = "") => {
    const box = find("#yj-question textarea, #yj-question input");
    const button = find("button#yj-send, #yj-send button");
    if (!box || !button || !question.trim()) return;
    fill(find("#yj-alone textarea, #yj-alone input"), alone);
    fill(box, question);
    // Gradio takes the value over in its next turn.
    requestAnimationFrame(() => button.click());
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const citation = target.closest("[data-open]");
    const example = target.closest("[data-question]");
    const instead = target.closest("[data-alone]");
    const copying = target.closest("[data-copy], [data-copy-link]");
    if (citation) openEvidence(citation, true);
    else if (example) send(example.dataset.question);
    else if (instead) send(instead.dataset.alone, instead.dataset.alone);
    else if (copying) copy(copying);
    else if (target.closest("[data-export]")) takeAlong(target.closest("[data-export]"));
    else if (target.closest("[data-verdict]")) judge(target.closest("[data-verdict]"));
    else if (target.closest(".yj-toggle")) {
      expand(!find("#yj-panel").classList.contains("yj-open"));
    } else if (target.closest(".yj-close")) leaveEvidence();
  });

  document.addEventListener("submit", (event) => {
    const understood = event.target.closest(".yj-understood");
    const complaint = event.target.closest(".yj-feedback form");
    if (!understood && !complaint) return;
    event.preventDefault();
    if (understood) {
      const reading = find("input", understood).value;
      send(reading, reading);
    } else {
      const fields = new FormData(complaint);
      const more = { reason: fields.get("reason"), expected: fields.get("expected") };
      say(complaint.closest(".yj-feedback"), "down", more);
    }
  });

  const turns = () => [...document.querySelectorAll("#yj-conversation .yj-turn[data-turn]")];
  const post = async (address, body) => {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return response;
    const told = await response.json().catch(() => ({}));
    throw new Error(told.error ? told.error.message : String(response.status));
  };

  const takeAlong = async (button) => {
    const menu = button.closest(".yj-export");
    const alert = find(".yj-error", menu);
    alert.hidden = true;
    try {
      const kept = turns().slice(-50).map((turn) => JSON.parse(turn.dataset.turn));
      const kind = button.dataset.export;
      const response = await post(`conversation/export?kind=${kind}`, { turns: kept });
      const link = element("a");
      link.href = URL.createObjectURL(await response.blob());
      link.download = `${menu.dataset.title}.${kind}`;
      link.click();
      URL.revokeObjectURL(link.href);
      menu.open = false;
    } catch (error) {
      alert.textContent = error.message;
      alert.hidden = false;
    }
  };

  const say = async (box, verdict, more = {}) => {
    const turn = box.closest(".yj-turn");
    const before = turns().slice(0, turns().indexOf(turn));
    const line = find(".yj-feedback-said", box);
    try {
      await post("conversation/feedback", {
        turn: JSON.parse(turn.dataset.turn),
        history: before.slice(-6).map((item) => JSON.parse(item.dataset.turn).question),
        verdict,
        ...more,
      });
      line.textContent = box.dataset.thanks;
      find("form", box).hidden = true;
      for (const button of box.querySelectorAll("[data-verdict]")) {
        button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
      }
    } catch (error) {
      line.textContent = `${box.dataset.failed} ${error.message}`;
    }
  };
  const judge = (button) => {
    const box = button.closest(".yj-feedback");
    const form = find("form", box);
    if (button.dataset.verdict === "up") {
      form.hidden = true;
      say(box, "up");
      return;
    }
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) find("input", form).focus();
  };

  // Where the page is not on this machine nor encrypted, there is no clipboard but by selecting.
  const write = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = element("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return undefined;
  };
  const copy = async (button) => {
    const link = button.dataset.copyLink;
    const text = link === undefined ? button.dataset.copy : new URL(link, document.baseURI).href;
    if (!button.dataset.name) button.dataset.name = button.textContent;
    try {
      await write(text);
      button.textContent = button.parentElement.dataset.copied;
    } catch (error) {
      button.textContent = error.message;
    }
    setTimeout(() => {
      button.textContent = button.dataset.name;
    }, 1500);
  };

  const leaveEvidence = () => {
    expand(false);
    if (opened && opened.isConnected) opened.focus();
  };

  // Enter that accepts the candidate of an input method must not send the question.
  const composing = (event) => event.isComposing || event.keyCode === 229;
  for (const type of ["keydown", "keypress"]) {
    window.addEventListener(
      type,
      (event) => {
        if (event.key === "Enter" && composing(event)) event.stopImmediatePropagation();
      },
      true,
    );
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !find("#yj-panel")) return;
    if (find("#yj-panel").contains(document.activeElement)) leaveEvidence();
  });

  // What could be asked instead, for every question without evidence; asked for once.
  const suggested = new Map();
  const suggest = async (box) => {
    const question = box.dataset.suggest;
    if (!suggested.has(question)) {
      const address = `conversation/suggest?question=${encodeURIComponent(question)}`;
      const asking = fetch(address).then((response) => (response.ok ? response.json() : {}));
      suggested.set(question, asking.catch(() => ({})));
    }
    const { questions = [] } = await suggested.get(question);
    if (!questions.length || box.childElementCount) return;
    const list = element("ul");
    for (const other of questions) {
      const button = element("button", "yj-instead", other);
      button.type = "button";
      button.dataset.alone = other;
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    box.append(element("h3", "yj-related-title", box.dataset.title), list);
  };

  // What a language model writes of an answer comes sentence by sentence, beside the conversation:
  // another question need not wait for it.
  const writeOut = async (box) => {
    delete box.dataset.write;
    const place = find(".yj-sentences", box);
    const add = ({ sentence, silent }) => {
      if (sentence) place.insertAdjacentHTML("beforeend", sentence);
      place.parentElement.hidden = !place.childElementCount;
      if (silent) find(".yj-silent", box).hidden = false;
    };
    try {
      const turn = JSON.parse(box.closest(".yj-turn").dataset.turn);
      const response = await post("conversation/write", { turn });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (!box.isConnected) return void reader.cancel(); // the conversation was ended
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        lines.forEach((line) => add(JSON.parse(line)));
      }
    } catch {
      add({ silent: true });
    }
  };

  // A new answer opens its first citation; a new conversation empties the panel.
  const look = () => {
    const turns = [...document.querySelectorAll("#yj-conversation .yj-turn")];
    const complete = turns.filter((turn) => turn.dataset.state !== "pending");
    document.body.classList.toggle("yj-busy", complete.length < turns.length);
    document.body.classList.toggle("yj-asked", turns.length > 0);
    for (const box of document.querySelectorAll("[data-suggest]:empty")) suggest(box);
    for (const box of document.querySelectorAll("[data-turn] [data-write]")) writeOut(box);
    const newest = turns[turns.length - 1];
    if (newest && newest.dataset.state === "pending") newest.scrollIntoView({ block: "end" });
    if (complete.length < shownTurns) {
      shownTurns = complete.length;
      if (!complete.length) clearEvidence();
    }
    if (complete.length <= shownTurns) return;
    shownTurns = complete.length;
    const latest = complete[complete.length - 1];
    const scroller = find("#yj-conversation");
    const long = find(".yj-question", latest).offsetHeight > scroller.clientHeight / 2;
    bringIntoView(long ? find(".yj-reply", latest) : latest, scroller, 0);
    const first = find(".yj-cite", latest);
    if (!first) clearEvidence();
    else if (!opened || !latest.contains(opened)) openEvidence(first, false); // nobody was faster
  };
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      look();
    });
  }).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["data-state"],
  });
})();
