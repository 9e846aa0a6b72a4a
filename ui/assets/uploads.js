// Files into the folder of articles: dropped or chosen, sent one after the other, and followed until
// they are found.  The chat and the library's page both have a place for them.
(() => {
  "use strict";
  const find = (selector, within = document) => within.querySelector(selector);
  const make = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const STAGES = ["received", "read", "stored", "found"];
  const MOST = 500; // files that the server is asked about at a time

  // -- what was dropped or chosen ------------------------------------------------------------

  // What systems and programs leave in folders is no article; a sync passes it over, too.
  const isLitter = (name) => /^(\.|~\$)|^(thumbs\.db|desktop\.ini|ehthumbs\.db|icon\r)$/i.test(name);

  const filesOf = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((done) => entry.file(done, () => done(null)));
      return file ? [file] : [];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      // A browser gives a hundred at a time, and none at the end.
      const some = await new Promise((done) => reader.readEntries(done, () => done([])));
      if (!some.length) return found;
      for (const part of some) if (!isLitter(part.name)) found.push(...(await filesOf(part)));
    }
  };

  const dropped = async (transfer) => {
    const items = [...transfer.items].filter((item) => item.kind === "file");
    // All at once: after the first pause the browser takes them back.
    const entries = items.map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const files = [...transfer.files];
    if (!entries.some((entry) => entry && entry.isDirectory)) return files;
    return (await Promise.all(entries.filter(Boolean).map(filesOf))).flat();
  };

  // -- one file ------------------------------------------------------------------------------

  const show = (drop, item, stage, error = "") => {
    item.dataset.stage = stage;
    item.classList.toggle("yj-error", stage === "failed");
    const bar = find("progress", item);
    if (bar) bar.remove();
    const reached = STAGES.indexOf(stage);
    const said = find(".yj-upload-said", item);
    if (stage === "failed") said.textContent = error;
    else {
      said.replaceChildren(
        ...STAGES.map((name, number) => {
          const step = make("span", drop.dataset[name]);
          if (number <= reached) step.className = "yj-reached";
          return step;
        }),
      );
    }
  };

  const send = (drop, file, item) =>
    new Promise((done) => {
      const bar = find("progress", item);
      const fail = (text) => {
        show(drop, item, "failed", text);
        done(null);
      };
      if (file.size > Number(drop.dataset.limit)) {
        fail(drop.dataset.large);
        return;
      }
      const request = new XMLHttpRequest();
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
          setTimeout(() => send(drop, file, item).then(done), seconds * 1000);
        } else if (request.status !== 200) {
          fail(answer && answer.error ? answer.error.message : `${request.status}`);
        } else {
          show(drop, item, "received");
          done(answer.path);
        }
      });
      request.addEventListener("error", () => fail(drop.dataset.error));
      request.send(file);
    });

  // -- all of them ---------------------------------------------------------------------------

  const count = (list, stage) => list.querySelectorAll(`[data-stage=${stage}]`).length;
  const sum = (drop, list) => {
    const [found, failed, total] = [count(list, "found"), count(list, "failed"), list.children.length];
    const [done, not] = [drop.dataset.summed, failed ? drop.dataset.unread : ""];
    find(".yj-uploads-said", drop.parentElement).textContent =
      done.replace("{found}", found).replace("{total}", total) + not.replace("{n}", failed);
  };

  // Ask how far those are that wait, until none does.
  const follow = async (drop, list, waiting, isSending) => {
    for (;;) {
      await pause(400);
      for (const paths = [...waiting.keys()]; paths.length; ) {
        const response = await fetch("library/arrivals", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ paths: paths.splice(0, MOST) }),
        }).catch(() => null);
        const told = response && response.ok ? (await response.json()).files : {};
        for (const [path, { stage, error }] of Object.entries(told)) {
          for (const item of waiting.get(path)) show(drop, item, stage, error);
          if (stage === "found" || stage === "failed") waiting.delete(path);
        }
      }
      sum(drop, list);
      if (!waiting.size && !isSending()) return;
    }
  };

  const upload = async (drop, files) => {
    const list = find(".yj-uploads", drop.parentElement);
    const items = [...files].map((file) => {
      const item = make("li");
      const bar = make("progress");
      bar.max = 1;
      bar.setAttribute("aria-label", file.name);
      item.append(make("bdi", file.name), bar, make("span", "", "yj-upload-said"));
      item.dataset.stage = "sending";
      list.append(item);
      return [file, item];
    });
    if (!items.length) return;
    list.hidden = false;
    sum(drop, list);
    const waiting = new Map(); // items, by the path where they are in the folder
    let isSending = true;
    const followed = follow(drop, list, waiting, () => isSending);
    for (const [file, item] of items) {
      const path = await send(drop, file, item);
      if (path === null) continue;
      if (!waiting.size) document.dispatchEvent(new CustomEvent("yj-arriving"));
      waiting.set(path, [...(waiting.get(path) || []), item]);
    }
    isSending = false;
    await followed;
    const [found, failed] = ["found", "failed"].map((stage) => count(list, stage));
    document.dispatchEvent(new CustomEvent("yj-arrived", { detail: { drop, found, failed } }));
  };

  const dropOf = (event) => (event.target instanceof Element ? event.target.closest(".yj-drop") : null);
  document.addEventListener("change", (event) => {
    const drop = dropOf(event);
    if (!drop || event.target.type !== "file") return;
    const isFolder = event.target.webkitdirectory;
    const isMeant = (file) => !isFolder || !file.webkitRelativePath.split("/").slice(1).some(isLitter);
    upload(drop, [...event.target.files].filter(isMeant));
    event.target.value = ""; // the same files may be chosen again
  });
  const holdsFiles = (event) => event.dataTransfer && event.dataTransfer.types.includes("Files");
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(type, async (event) => {
      const drop = dropOf(event);
      for (const other of document.querySelectorAll(".yj-drop.yj-over")) {
        if (other !== drop) other.classList.remove("yj-over");
      }
      // A file that misses the place must not open in the page's stead.
      if (holdsFiles(event) && type !== "dragleave") event.preventDefault();
      if (!drop) return;
      drop.classList.toggle("yj-over", type === "dragenter" || type === "dragover");
      if (type === "drop") upload(drop, await dropped(event.dataTransfer));
    });
  }
})();
