// Plays the host: answers commands with what the test has put there, and keeps what was asked. (`__played` is the test's.)

(() => {
  const heard = {};
  window.__faults = [];
  addEventListener("error", (event) => window.__faults.push(event.message));
  addEventListener("unhandledrejection", (event) => window.__faults.push(String(event.reason?.stack ?? event.reason)));
  document.addEventListener("securitypolicyviolation", (event) =>
    window.__faults.push(`${event.violatedDirective} refuses ${event.blockedURI}`));

  // Both clocks can be set forward: the page's times are tested without waiting. The page's own stops but for that, since
  // a slow machine takes longer for two presses than what they are tested for.
  window.__ahead = { page: 0, wall: 0 };
  const opened = performance.now();
  performance.now = () => opened + window.__ahead.page;
  const RealDate = Date;
  window.Date = class extends RealDate {
    constructor(...args) {
      if (args.length) super(...args);
      else super(RealDate.now() + window.__ahead.wall);
    }
    static now() {
      return RealDate.now() + window.__ahead.wall;
    }
  };

  const host = {
    asked: [],
    answers: window.__played,
    tell: (name, payload) => (heard[name] ?? []).forEach((hear) => hear({ payload })),
    take: (name) => {
      const taken = host.asked.filter(([asked]) => asked === name).map(([, args]) => args);
      host.asked = host.asked.filter(([asked]) => asked !== name);
      return taken;
    },
  };
  window.__host = host;
  window.__TAURI__ = {
    core: {
      async invoke(name, args = {}) {
        host.asked.push([name, JSON.parse(JSON.stringify(args))]);
        const answer = host.answers[name] ?? { value: null };
        if (answer.error !== undefined) throw answer.error;
        return structuredClone(answer.value);
      },
    },
    event: {
      async listen(name, hear) {
        (heard[name] ??= []).push(hear);
        return () => {};
      },
    },
  };
})();
