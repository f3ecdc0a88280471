// Sends the requests of a page: one in flight, retries while no reply comes, and a reload when the server is newer.
(() => {
  "use strict";
  const MAX_DEADLINE_MS = 30000;
  const QUIET_MS = 2000;
  const RETRY_LOST_MS = 1000;
  const RELOAD_INTERVAL_MS = 10000;
  const RELOADED_KEY = "renewed";
  const TOO_LARGE = 413;
  const GONE = 410;
  // Of a proxy whose server does not answer, or of a server that has no room: the same request may succeed later.
  const PASSING = [GONE, 429, 502, 503, 504];
  const transports = [];
  const failureListeners = [];
  const { server } = window.dash_clientside;
  const countBytes = (request) => new Blob([JSON.stringify(request)]).size;

  // Dash drops the reply to a running callback when its input changes again, so a page that asked at every tick of its
  // timer would never be updated by a server slower than the timer. A page therefore asks, and waits for the reply.
  class Transport {
    store = null;
    build = null;
    number = 0;
    pending = null;
    waiting = [];
    askedAt = -Infinity;
    maxBytes = Infinity;

    constructor({ deadlineMs, queueCommand, refuse, post }) {
      this.deadlineMs = deadlineMs;
      this.queueCommand = queueCommand;
      this.refuse = refuse;
      this.post = post ?? ((store, data) => window.dash_clientside.set_props(store, { data }));
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
      if (!this.fits(request)) return this.drop(request.number, null);
      this.post(this.store, request);
    }

    // The deadline doubles with each attempt, to spare a server that is overloaded or restarting.
    retryIfLate(at) {
      if (!this.pending) return;
      const { request, command, firstAt, sentAt, deadlineMs, lost } = this.pending;
      if (at - firstAt > QUIET_MS / 2 || lost) server.check(at);
      if (at - sentAt < this.#measurePatience(at)) return;
      const next = { ...request, attempt: request.attempt + 1 };
      this.#send({ request: next, command, firstAt, deadlineMs: Math.min(2 * deadlineMs, MAX_DEADLINE_MS) });
    }

    // A server that is here computes the reply: to ask it again would only give it more to do. A lost request is sent
    // as soon as it is here.
    #measurePatience(at) {
      const { deadlineMs, lost } = this.pending;
      if (!server.isHere(at)) return deadlineMs;
      return lost ? RETRY_LOST_MS : MAX_DEADLINE_MS;
    }

    // The server replied that it is still computing, so it is neither lost nor slow: all deadlines start anew. It has
    // what it was sent: the contents of files go with one attempt alone.
    repeat({ request, command }, contents, changes) {
      const next = { ...request, ...changes, attempt: request.attempt + 1, contents };
      this.#send({ request: next, command, firstAt: performance.now(), deadlineMs: this.deadlineMs });
    }

    // The server computes other large runs first. Until it is asked again, the request counts as in flight.
    async repeatLater(answered, waitMs, changes) {
      const held = { ...answered, sentAt: performance.now() };
      this.pending = held;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.pending === held) this.repeat(held, undefined, changes);
    }

    // The server lacks files that the request names: it gets those that this browser has. Until they are found, the
    // request counts as in flight, so that nothing else is asked.
    async resend(answered, digests, reduce = (contents) => contents) {
      const held = { ...answered, sentAt: performance.now() };
      this.pending = held;
      const contents = await window.dash_clientside.contents.find(digests);
      if (this.pending === held) this.repeat(held, reduce(contents, held.request));
    }

    // A request that is refused stays refused: it is not repeated. Without a text it is too large.
    drop(number, text) {
      if (this.pending?.request.number !== number) return;
      const { command } = this.pending;
      this.pending = null;
      this.refuse(command, text);
    }

    lose(number) {
      if (this.pending?.request.number === number) this.pending.lost = true;
    }

    // Returns which of the texts says why no reply has come yet; undefined if one may still come at once.
    describeDelay(at, { busy, reconnecting }) {
      if (!this.pending || at - this.pending.firstAt < QUIET_MS) return undefined;
      if (server.isHere(at)) return busy;
      return server.isAway(at) || this.pending.lost ? reconnecting : undefined;
    }

    enqueue(command) {
      this.waiting = this.queueCommand(this.waiting, command);
    }

    takeWaiting() {
      return this.waiting.shift() ?? null;
    }

    // What was in flight comes first; what waited behind it goes on waiting.
    takeUnanswered() {
      if (this.pending) this.waiting.unshift(this.pending.command);
      this.pending = null;
      return this.takeWaiting();
    }

    // Returns the request that a reply belongs to, with its command; null if the reply is late or the page reloads.
    receive(reply) {
      if (!reply || !this.pending || reply.number !== this.pending.request.number) return null;
      if (reply.build !== this.build && reload()) return null;
      const answered = this.pending;
      this.pending = null;
      return answered;
    }
  }

  // Servers of two builds may reply in turn during a deployment: without a pause the page would reload without end.
  function reload() {
    const last = Number(window.sessionStorage.getItem(RELOADED_KEY) || 0);
    if (Date.now() - last < RELOAD_INTERVAL_MS) return false;
    window.sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
    window.location.reload();
    return true;
  }

  // Only our own answers are sentences for the user: those of a proxy are pages of HTML.
  async function readSentence(response) {
    const isText = (response.headers.get("Content-Type") || "").startsWith("text/plain");
    const text = isText ? await response.clone().text() : "";
    return text || `${response.status} ${response.statusText}`;
  }

  // Calls a function with the transport and the number of each request in the body of a callback.
  function tellRequests(body, tell) {
    for (const { id, value } of body.inputs || [])
      for (const transport of transports) if (transport.store === id) tell(transport, value?.number);
    for (const listen of failureListeners) listen(body.output);
  }

  const tellLoss = (body) => tellRequests(JSON.parse(body), (transport, number) => transport.lose(number));

  // Dash tells nobody of a response that is no success. A proxy may have a lower limit than the server.
  async function handleRefusal(body, response) {
    if (response.status === GONE) reload();
    if (PASSING.includes(response.status)) return tellLoss(body);
    const text = response.status === TOO_LARGE ? null : await readSentence(response);
    tellRequests(JSON.parse(body), (transport, number) => transport.drop(number, text));
  }

  const isCallback = (options) => typeof options?.body === "string" && options.body.startsWith("{");
  const sendRequest = window.fetch;
  window.fetch = async (resource, options) => {
    try {
      const response = await sendRequest(resource, options);
      if (!response.ok && isCallback(options)) handleRefusal(options.body, response);
      return response;
    } catch (error) {
      if (isCallback(options)) tellLoss(options.body);
      throw error;
    }
  };

  Transport.listenToFailures = (listen) => failureListeners.push(listen);
  Transport.tellLoss = tellLoss;
  window.dash_clientside.Transport = Transport;
})();
