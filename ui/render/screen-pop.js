// @ts-check
// The screen pop's rules in the settings, which only the file can change: what each would do, without doing it.

import { tryScreenPop } from "../ipc.js";
import { buttonById, byId } from "../dom.js";
import { plain } from "../format.js";
import { problemWords } from "../locale.js";

/** @import { Settings, Tried } from "../types" */

/** Shows the group where somebody has set rules. @param {Settings} known */
export function renderScreenPop(known) {
  byId("settings-pop").hidden = !known.sources.screen_pop;
  show([]);
}

/** @param {Tried[]} tried */
function show(tried) {
  const list = byId("pop-tried");
  list.replaceChildren(
    ...tried.map(({ rule, does, problem }) => {
      const line = document.createElement("li");
      line.textContent = problem ? problemWords(problem) : `${plain(rule)}: ${plain(does ?? "")}`;
      return line;
    }),
  );
  list.hidden = tried.length === 0;
}

/** Hears the two buttons. */
export function listenScreenPop() {
  buttonById("pop-sample").addEventListener("click", async () => show(await tryScreenPop(false)));
  buttonById("pop-last").addEventListener("click", async () => show(await tryScreenPop(true)));
}
