// @ts-check
// A refusal, beside the button that caused it.

import { byId, tellWhole } from "../dom.js";
import { problemWords } from "../locale.js";

/** @import { Notice, Snapshot, Verb } from "../types" */

/** @type {Record<string, Verb[]>} */
const PLACES = {
  "presence-notice": ["idle", "busy"],
  "call-notice": ["hold", "restore", "transfer", "survey", "hang_up", "play", "answer", "mute", "dtmf", "consult", "complete", "swap", "back"],
  "dial-notice": ["dial"],
  "supervisor-notice": ["listen", "whisper"],
};

/** @param {Notice | null} notice @param {string} uid the call in the room; another's refusal is told in its line */
export function renderNotices(notice, uid) {
  for (const [place, verbs] of Object.entries(PLACES)) {
    const here = notice && verbs.includes(notice.verb);
    const elsewhere = place === "call-notice" && notice?.uid && notice.uid !== uid;
    tellWhole(byId(place), here && !elsewhere ? problemWords(notice.problem) : "");
  }
}

/** @param {Snapshot} snapshot @param {string} uid @returns {Notice | null} the notice that belongs to this call */
export const noticeOf = (snapshot, uid) => (snapshot.notice?.uid === uid ? snapshot.notice : null);
