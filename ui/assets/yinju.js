// The page's behaviour in the browser: showing the conversation, opening evidence, sending,
// examples.  No server is asked.
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
  let shownTurns = 0; // turns that were complete when last looked at, …
  let shownKey; // … and the conversation that they are of

  // Shows a conversation as the server sends it, but leaves turns alone that have not changed:
  // what somebody has opened or written in them stays, and so does what was added to them here.
  const sources = new WeakMap(); // the HTML that a part of the conversation was made of
  const show = (root, html) => {
    const made = element("template");
    made.innerHTML = html;
    const [log, sheets] = [".yj-log", ".yj-sheets"].map((part) => find(part, made.content));
    const shown = find(".yj-log", root) || root.appendChild(log.cloneNode(false));
    const same = shown.dataset.conversation === log.dataset.conversation;
    for (const { name, value } of log.attributes) shown.setAttribute(name, value);
    const old = [...shown.children].filter((part) => same || !part.matches(".yj-turn"));
    const before = new Map(old.map((part) => [sources.get(part), part]));
    const parts = [...log.children].map((part) => {
      const source = part.outerHTML;
      const known = before.get(source);
      before.delete(source);
      if (!known) sources.set(part, source);
      return known || part;
    });
    for (const part of [...shown.children]) if (!parts.includes(part)) part.remove();
    parts.forEach((part, place) => {
      if (shown.children[place] !== part) shown.insertBefore(part, shown.children[place] || null);
    });
    const stale = find(".yj-sheets", root);
    if (stale) stale.replaceWith(sheets);
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
  window.yinju.fill = fill;
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
    if (citation) openEvidence(citation, true);
    else if (example) send(example.dataset.question);
    else if (instead) send(instead.dataset.alone, instead.dataset.alone);
    else if (target.closest(".yj-toggle")) {
      expand(!find("#yj-panel").classList.contains("yj-open"));
    } else if (target.closest(".yj-close")) leaveEvidence();
  });

  document.addEventListener("submit", (event) => {
    const understood = event.target.closest(".yj-understood");
    if (!understood) return;
    event.preventDefault();
    const reading = find("input", understood).value;
    send(reading, reading);
  });

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

  // A new answer opens its first citation; a new conversation empties the panel.
  const look = () => {
    const turns = [...document.querySelectorAll("#yj-conversation .yj-turn")];
    const complete = turns.filter((turn) => turn.dataset.state !== "pending");
    document.body.classList.toggle("yj-busy", complete.length < turns.length);
    document.body.classList.toggle("yj-asked", turns.length > 0);
    const newest = turns[turns.length - 1];
    if (newest && newest.dataset.state === "pending") newest.scrollIntoView({ block: "end" });
    const { conversation } = (find("#yj-conversation .yj-log") || document.body).dataset;
    if (conversation !== shownKey) {
      shownKey = conversation;
      shownTurns = 0;
      clearEvidence();
    }
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
