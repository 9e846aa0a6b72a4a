// The pages beside the chat: uploads, the sync and its progress, taking out, copying.
(() => {
  "use strict";
  const find = (selector, within = document) => within.querySelector(selector);
  const make = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const said = (response) => (response && response.error ? response.error.message : "");

  // A link to a quote: the browser scrolls to it, and the keyboard starts from there.
  const quote = find("#quote");
  if (quote && location.hash === "#quote") quote.focus();

  // The bars of the timeline are one stop of the keyboard; arrows lead from one to the next.
  const plot = find(".yj-plot");
  if (plot) {
    const bars = [...plot.querySelectorAll("a")];
    const told = find(".yj-plot-said");
    const overview = told.textContent;
    const choose = (chosen) => {
      for (const bar of bars) bar.setAttribute("tabindex", bar === chosen ? 0 : -1);
    };
    choose(bars[bars.length - 1]);
    plot.setAttribute("aria-label", `${plot.getAttribute("aria-label")} (${plot.dataset.keys})`);
    const around = plot.parentElement; // an SVG that listens for the focus becomes a stop itself
    around.addEventListener("focusin", (event) => {
      const bar = event.target.closest(".yj-plot a");
      if (!bar) return;
      choose(bar);
      told.textContent = `${bar.getAttribute("aria-label")} (${plot.dataset.keys})`;
    });
    around.addEventListener("focusout", () => {
      told.textContent = overview;
    });
    around.addEventListener("keydown", (event) => {
      const at = bars.indexOf(event.target);
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
      if (at < 0 || to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (bars[to]) bars[to].focus();
    });
  }

  // -- the sync ------------------------------------------------------------------------------

  const sync = find("#yj-sync");
  const line = find("#yj-sync-said");
  const drop = find("#yj-drop");
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  const follow = async () => {
    for (;;) {
      const state = await (await fetch("library/sync")).json();
      if (state.state === "running") {
        line.textContent = state.total
          ? drop.dataset.progress.replace("{done}", state.done).replace("{total}", state.total)
          : drop.dataset.updating;
      } else {
        return state;
      }
      await pause(400);
    }
  };

  // Ask whether most of the library shall go.
  const isMeant = (text) =>
    new Promise((done) => {
      const many = find("#yj-many");
      find("#yj-many-text").textContent = text;
      many.returnValue = "";
      many.addEventListener("close", () => done(many.returnValue === "yes"), { once: true });
      many.showModal();
    });

  const update = async (confirmed = false) => {
    sync.disabled = true;
    line.className = "";
    line.textContent = drop.dataset.updating;
    try {
      for (;;) {
        const asked = confirmed ? "?confirmed=true" : "";
        const response = await fetch(`library/sync${asked}`, { method: "POST" });
        const body = await response.json();
        // Another sync is running, which will leave the new files to us.
        const isBusy = response.status === 409 && body.error.type === "library_busy";
        if (!response.ok && !isBusy) throw new Error(said(body));
        const state = await follow();
        const asks = !isBusy && state.code === "sync_removes_many";
        if (asks && (await isMeant(state.error))) return await update(true);
        if (!isBusy && state.state === "failed") throw new Error(state.error);
        if (!isBusy) break;
        await pause(1500);
      }
      location.reload();
    } catch (error) {
      line.className = "yj-error";
      line.textContent = `${drop.dataset.error} ${error.message}`;
      sync.disabled = false;
    }
  };
  if (sync) sync.addEventListener("click", () => update());

  // -- uploads -------------------------------------------------------------------------------

  const send = (file, item) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      const bar = find("progress", item);
      const note = find(".yj-upload-said", item);
      const end = (text, isError) => {
        bar.remove();
        note.textContent = text;
        item.classList.toggle("yj-error", isError);
        done(!isError);
      };
      if (file.size > Number(drop.dataset.limit)) {
        end(drop.dataset.large, true);
        return;
      }
      request.open("POST", `library/upload?name=${encodeURIComponent(file.name)}`);
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => {
        const answer = request.response;
        if (request.status === 429) {
          // Many files at once: the server says how long to wait.
          const seconds = Number(request.getResponseHeader("retry-after")) || 5;
          setTimeout(() => send(file, item).then(done), seconds * 1000);
        } else if (request.status !== 200) end(said(answer) || `${request.status}`, true);
        else end(answer.is_new ? drop.dataset.uploaded : drop.dataset.there, false);
      });
      request.addEventListener("error", () => end(drop.dataset.error, true));
      request.send(file);
    });

  const upload = async (files) => {
    const list = find("#yj-uploads");
    const items = [...files].map((file) => {
      const item = make("li");
      const bar = make("progress");
      bar.max = 1;
      bar.setAttribute("aria-label", file.name);
      item.append(make("bdi", file.name), bar, make("span", "", "yj-upload-said"));
      list.append(item);
      return [file, item];
    });
    let stored = 0;
    for (const [file, item] of items) stored += (await send(file, item)) ? 1 : 0;
    if (stored && stored === items.length) await update();
    else if (stored) sync.classList.add("yj-primary"); // what failed shall stay to be read
  };

  if (drop) {
    const chooser = find("#yj-files");
    chooser.addEventListener("change", () => upload(chooser.files));
    for (const type of ["dragenter", "dragover"]) {
      drop.addEventListener(type, (event) => {
        event.preventDefault();
        drop.classList.add("yj-over");
      });
    }
    drop.addEventListener("dragleave", () => drop.classList.remove("yj-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("yj-over");
      upload(event.dataTransfer.files);
    });
  }

  // -- taking out ----------------------------------------------------------------------------

  const dialog = find("#yj-ask");
  let asked = null;
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-remove]");
    if (!button || !dialog) return;
    asked = button;
    find("#yj-ask-file").textContent = button.dataset.file;
    find("#yj-ask-table").hidden = button.dataset.table === undefined;
    find("#yj-ask-error").hidden = true;
    dialog.showModal();
  });
  if (dialog) {
    find("#yj-ask-yes").addEventListener("click", async () => {
      const alert = find("#yj-ask-error");
      try {
        const number = asked.dataset.remove;
        const response = await fetch(`library/remove?number=${number}`, { method: "POST" });
        if (response.ok) {
          location.reload();
          return;
        }
        alert.textContent = said(await response.json()) || String(response.status);
      } catch (error) {
        alert.textContent = error.message;
      }
      alert.hidden = false;
    });
  }
})();
