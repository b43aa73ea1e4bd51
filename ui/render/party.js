// @ts-check
// Who a call is with, and the shape of its state.

import { grouped } from "../format.js";
import { word } from "../locale.js";

/** @import { CallView, Entry } from "../types" */

/** The other party's number in groups. @param {CallView | Entry} call */
export const nameOf = (call) => grouped(call.other) || word("call.unknown_number");

/** @param {CallView} call */
export const shapeOf = (call) => (call.state === "in_call" ? "talking" : call.state);
