// Sends the requests of a page: one in flight, retries while no reply comes, and a reload when the server is newer.
(() => {
  "use strict";
  const MAX_DEADLINE_MS = 30000;
  const QUIET_MS = 2000;
  const RELOAD_INTERVAL_MS = 10000;
  const RELOADED_KEY = "renewed";
  const TOO_LARGE = 413;
  const transports = [];
  const countBytes = (request) => new Blob([JSON.stringify(request)]).size;

  // Dash drops the reply to a running callback when its input changes again, so a page that asked at every tick of its
  // timer would never be updated by a server slower than the timer. A page therefore asks, and waits for the reply.
  class Transport {
    store = null;
    build = null;
    number = 0;
    pending = null;
    waiting = null;
    askedAt = -Infinity;
    maxBytes = Infinity;

    constructor({ deadlineMs, mergeCommands, refuseTooLarge }) {
      this.deadlineMs = deadlineMs;
      this.mergeCommands = mergeCommands;
      this.refuseTooLarge = refuseTooLarge;
      transports.push(this);
    }

    fits(request) {
      return countBytes(request) <= this.maxBytes;
    }

    // A request in flight is superseded: its number no longer matches, so its reply is dropped when it comes.
    ask(body, command) {
      this.number += 1;
      this.askedAt = performance.now();
      const request = { number: this.number, attempt: 1, build: this.build, ...body };
      this.#send({ request, command, firstAt: this.askedAt, deadlineMs: this.deadlineMs });
    }

    // Only the attempt changes. The server gives the same reply to the same request, so a repeated one counts once.
    #send({ request, command, firstAt, deadlineMs }) {
      this.pending = { request, command, firstAt, sentAt: performance.now(), deadlineMs };
      // A server may close the connection on a body that is too large, before the page can read why.
      if (!this.fits(request)) return this.dropTooLarge(request.number);
      window.dash_clientside.set_props(this.store, { data: request });
    }

    // The deadline doubles with each attempt, to spare a server that is overloaded or restarting.
    retryIfLate(at) {
      if (!this.pending || at - this.pending.sentAt < this.pending.deadlineMs) return;
      const { request, command, firstAt, deadlineMs } = this.pending;
      const next = { ...request, attempt: request.attempt + 1 };
      this.#send({ request: next, command, firstAt, deadlineMs: Math.min(2 * deadlineMs, MAX_DEADLINE_MS) });
    }

    // The server replied that it is still computing, so it is neither lost nor slow: all deadlines start anew. It has
    // what it was sent: the contents of files go with one attempt alone.
    repeat({ request, command }, contents) {
      const next = { ...request, attempt: request.attempt + 1, contents };
      this.#send({ request: next, command, firstAt: performance.now(), deadlineMs: this.deadlineMs });
    }

    // The server lacks files that the request names: it gets those that this browser has. Until they are found, the
    // request counts as in flight, so that nothing else is asked.
    async resend(answered, digests, reduce = (contents) => contents) {
      const held = { ...answered, sentAt: performance.now() };
      this.pending = held;
      const contents = await window.dash_clientside.contents.find(digests);
      if (this.pending === held) this.repeat(held, reduce(contents, held.request));
    }

    // A request that is too large stays too large: it is not repeated.
    dropTooLarge(number) {
      if (this.pending?.request.number !== number) return;
      const { command } = this.pending;
      this.pending = null;
      this.refuseTooLarge(command);
    }

    isSlow(at) {
      return this.pending !== null && at - this.pending.firstAt > QUIET_MS;
    }

    enqueue(command) {
      this.waiting = this.mergeCommands(this.waiting, command);
    }

    takeWaiting() {
      const command = this.waiting;
      this.waiting = null;
      return command;
    }

    takeUnanswered() {
      const command = this.mergeCommands(this.pending?.command, this.waiting);
      this.pending = null;
      this.waiting = null;
      return command;
    }

    // Returns the request that a reply belongs to, with its command; null if the reply is late or the page reloads.
    receive(reply) {
      if (!reply || !this.pending || reply.number !== this.pending.request.number) return null;
      if (this.#renew(reply.build)) return null;
      const answered = this.pending;
      this.pending = null;
      return answered;
    }

    // Servers of two builds may reply in turn during a deployment: without a pause the page would reload without end.
    #renew(build) {
      const last = Number(window.sessionStorage.getItem(RELOADED_KEY) || 0);
      if (build === this.build || Date.now() - last < RELOAD_INTERVAL_MS) return false;
      window.sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
      window.location.reload();
      return true;
    }
  }

  // A proxy may have a lower limit than the server. Dash tells nobody of a response that is no success.
  function reportTooLarge(body) {
    const inputs = JSON.parse(body).inputs || [];
    for (const { id, value } of inputs)
      for (const transport of transports) if (transport.store === id) transport.dropTooLarge(value?.number);
  }

  const sendRequest = window.fetch;
  window.fetch = async (resource, options) => {
    const response = await sendRequest(resource, options);
    if (response.status === TOO_LARGE && typeof options?.body === "string") reportTooLarge(options.body);
    return response;
  };

  window.dash_clientside.Transport = Transport;
})();
