// @ts-check
// Extension, state of the connection, and the line for problems with it.

import { byId, setTip, tell, tellWhole } from "../dom.js";
import { clock, plain } from "../format.js";
import { addTo, problemWords, word } from "../locale.js";
import { draw } from "../shape.js";
import { runSince } from "../tick.js";
import { lineWords, renderLine } from "./phone.js";

/** Problems that the agent can fix in the settings. */
const DENIED = ["login_needed", "login_wrong", "forbidden", "too_many"];

/** @import { Problem, Snapshot } from "../types" */

/** The advice, unless the line above already says that the server cannot be reached. Trying again is not for the agent. @param {Problem | null} problem */
function adviceFor(problem) {
  if (!problem || problem.code === "unreachable") return word("connection.advice");
  return problem.code === "io" ? word("connection.broken") : problemWords(problem);
}

/** @param {Snapshot} snapshot */
export function renderHeader(snapshot) {
  const { state, since, problem, poll_seconds, silent_since: silent } = snapshot.connection;
  tellWhole(byId("extension"), plain(snapshot.extension));
  tell(byId("agent"), plain(snapshot.name ?? ""));
  const connection = byId("connection");
  const reachable = state === "push" || state === "poll";
  connection.dataset.state = state;
  connection.dataset.tone = silent ? "silent" : reachable ? "idle" : "offline";
  const denied = state === "offline" && problem && DENIED.includes(problem.code) ? problem : null;
  connection.dataset.problem = denied?.code ?? "";
  setTip(connection, word(`connection.title.${denied ? "denied" : silent ? "silent" : state}`));
  draw(byId("connection-shape"), state === "connecting" || silent ? "wait" : reachable ? "idle" : "offline");
  tell(byId("connection-word"), word(`connection.${denied ? denied.code : silent ? "silent" : state}`));
  if (silent) runSince(byId("connection-since"), silent);
  else {
    delete byId("connection-since").dataset.since;
    tell(byId("connection-since"), state === "offline" ? word("connection.since", { time: clock(since.at) }) : "");
  }

  // A phone alone has no server to tell of.
  connection.hidden = state === "unconfigured" && snapshot.line !== null;
  renderLine(snapshot.line, snapshot.calls);
  byId("login-open").hidden = !denied;
  tellWhole(byId("login-open"), denied ? problemWords(denied) : "");
  const late = state === "poll" && poll_seconds !== null ? word("connection.late", { seconds: String(poll_seconds) }) : "";
  const advice = state === "offline" && !denied ? addTo(adviceFor(problem), `${word("connection.and")}${word("connection.retrying")}`) : lineWords(snapshot.line) || late;
  // Without a call it goes where the call would be, because a long text in the header would move everything.
  const without = state === "offline" && snapshot.calls.length === 0;
  tellWhole(byId("connection-notice"), without ? "" : advice);
  tell(byId("no-call-advice"), without ? advice : "");
  byId("desk").dataset.mood = snapshot.mood;
}
