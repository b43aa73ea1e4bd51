// Stands in for Tauri: commands go to the panel's own page, and what that is told comes from there.

const heard = {};

window.__faults = [];
addEventListener("error", (event) => window.__faults.push(event.message));
addEventListener("unhandledrejection", (event) => window.__faults.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) =>
  window.__faults.push(`${event.violatedDirective} refuses ${event.blockedURI}`));

window.__TAURI__ = {
  core: {
    async invoke(name, args = {}) {
      const body = JSON.stringify({ name, args });
      const answer = await fetch("/bridge/invoke", { method: "POST", headers: { "content-type": "application/json" }, body });
      const { value, error } = await answer.json();
      if (error !== undefined) throw error;
      return value;
    },
  },
  event: {
    async listen(name, hear) {
      (heard[name] ??= []).push(hear);
      return () => {};
    },
  },
};

(async () => {
  for (;;) {
    const answer = await fetch("/bridge/told");
    if (!answer.ok) return;
    for (const [name, payload] of await answer.json()) {
      for (const hear of heard[name] ?? []) hear({ payload });
    }
  }
})();
