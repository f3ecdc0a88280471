// The run that the page shows: requests its steps, applies the replies, and reports its state in the status line.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom, storage, Clock, Transport } = app;
  const { mergeCommands, queueCommand, beginsRun, opensRun, isUsers } = app.commands;
  const DEADLINE_MS = 3000;
  const NOTICE_MS = 10000;
  const TIMER_MS = 250;
  const setProps = (id, props) => app.set_props(id, props);

  const clock = new Clock();
  const post = app.makePost(receiveReply);
  const transport = new Transport({ deadlineMs: DEADLINE_MS, queueCommand, refuse: refuseRequest, post });
  // `kept` is true until the first reply: the run comes from the browser's storage and may not work any more.
  const page = {
    texts: {},
    build: null,
    run: null,
    files: {},
    kept: true,
    offer: null,
    notice: "",
    catchingUp: null,
    hasPlace: true,
    unapplied: null,
  };

  const shown = { notice: "", since: 0 };

  function ask(command) {
    const { set, scenario, upload, link, file, config, share, save, restart, full, fill } = command;
    const { kept, run, files, texts } = page;
    const steps = Math.min(command.steps || 0, Clock.MAX_STEPS);
    const commands = { steps, set, scenario, upload, link, file, config, share, save, restart, full, fill };
    page.catchingUp = null;
    // All attempts of a request begin one run: otherwise a run that takes longer than a deadline would never be reached.
    if (beginsRun(command) || !run) commands.session = app.replay.makeSession();
    transport.ask({ kept, lang: texts.lang, run, files, ...app.controls.readSelection(), ...commands }, command);
  }

  // A command that starts or opens another run does not wait: it makes the reply in flight useless.
  function submit(command) {
    transport.enqueue(command);
    const overtakes = beginsRun(command) && page.run;
    if (!transport.pending || overtakes) askWaiting();
  }

  function askWaiting() {
    if (app.navigation.isLeft()) return app.navigation.leave();
    let command = transport.takeWaiting();
    if (command?.upload && page.unapplied) command = mergeCommands(page.unapplied, command);
    if (command && (page.run || command.fill || opensRun(command))) ask(command);
  }

  function formatPercent(share) {
    return new Intl.NumberFormat(page.texts.tag, { style: "percent" }).format(share);
  }

  // A confirmation has been read after a while; a refusal stays until the next command.
  function dropOldNotice(at) {
    const { texts, notice } = page;
    if (shown.notice !== notice) Object.assign(shown, { notice, since: at });
    if ([texts.new_run, texts.opened].includes(notice) && at - shown.since > NOTICE_MS) page.notice = "";
  }

  function describeStatus() {
    const { texts, catchingUp, run, notice } = page;
    const progress = page.hasPlace ? texts.catching_up : texts.waits;
    if (catchingUp !== null) return progress.replace("{share}", formatPercent(catchingUp));
    if (!run) return texts.loading;
    const state = clock.playing ? texts.running : texts.paused;
    return notice ? `${state} · ${notice}` : state;
  }

  function showStatus() {
    // A page that is left says why it has to wait, until the next one is there.
    if (app.navigation.isLeft()) return;
    dropOldNotice(performance.now());
    const delay = transport.describeDelay(performance.now(), page.texts);
    const isLost = Boolean(delay) && delay === page.texts.reconnecting;
    document.documentElement.classList.toggle("reconnecting", isLost);
    dom.setText(ids.STATUS, isLost || (delay && page.catchingUp === null) ? delay : describeStatus());
  }

  function setPlaying(on) {
    clock.setPlaying(on);
    page.notice = "";
    storage.store(ids.PLAYING, on);
    app.controls.showPlaying(on);
    showStatus();
  }

  // A reply carries the run only if the server changed it, and the user's files only if this browser lacks them.
  function accept(reply, { request, command }) {
    page.kept = false;
    page.run = reply.run ?? { ...request.run, step: reply.step };
    page.offer = reply.offer;
    page.files = reply.files;
    page.unapplied = null;
    app.contents.keep(reply.contents);
    clock.stepMin = reply.step_min;
    storage.store(ids.RUN, page.run);
    app.lost.show([]);
    if (reply.form) storage.store(ids.FILES, reply.files);
    dom.writeReply(reply);
    if (command.restart) page.notice = page.texts.new_run;
    if (opensRun(command)) pauseOpened();
    if (command.save) app.share.saveRun(page.run);
    if (command.share) app.share.showLink(reply.link, page.texts);
    app.controls.showReply(reply, command);
    app.tour.welcome(reply, { isOpened: opensRun(command) });
    app.vehicles.showReply(reply);
    app.events.showReply(reply);
    app.flow.showReply(reply.flow);
    app.report.showReply(reply.report);
    app.plotlyLoader.showReply(clock, command);
    // A tick changes no field of the form.
    if (reply.form || isUsers(command)) setProps(ids.REPLY, { data: reply });
  }

  function pauseOpened() {
    app.share.forgetLink();
    setPlaying(false);
    page.notice = page.texts.opened;
  }

  function startOver() {
    page.kept = false;
    page.run = null;
    page.files = {};
    page.notice = page.texts.lost;
    ask({ fill: true });
  }

  // A page that has shown nothing yet then asks for its stored run, so that it does not stay empty.
  function refuseLink(reply) {
    app.share.forgetLink();
    setPlaying(clock.playing);
    page.notice = reply.issues.map((issue) => issue.line).join(" ");
    app.form.showIssues(reply.issues, {});
    if (page.kept) ask({ fill: true });
  }

  // Neither the server nor this browser has a file of the run: the run stays as it is, until the user chooses the file
  // again or removes it. Of several lost files the first choices wait for the last one.
  function keepRun(reply, command) {
    setPlaying(false);
    dom.writeReply(reply);
    app.lost.show(reply.issues);
    app.form.showIssues(reply.issues, {});
    if (command.upload) page.unapplied = mergeCommands(page.unapplied, { restart: true, upload: command.upload });
  }

  function refuse(reply, command) {
    if (reply.lost) return keepRun(reply, command);
    if (command.link) return refuseLink(reply);
    if (page.kept && !command.file && !command.config) return startOver();
    if (!isUsers(command)) setPlaying(false);
    app.controls.refuse(reply.issues);
    if (page.kept) ask({ fill: true });
  }

  // The run stays as it is: what was asked is dropped, with a sentence.
  function refuseRequest(command, text) {
    if (!isUsers(command)) setPlaying(false);
    app.controls.restoreValues();
    app.form.showNotice(text ?? page.texts.too_large);
    page.catchingUp = null;
    showStatus();
  }

  // The server computes a long run in slices. From the first one on the run itself is asked for, no more its file or
  // the change that led to it. Of two processes that compute it in turn, the one that is further counts.
  function followReplay(reply, answered) {
    page.catchingUp = Math.max(page.catchingUp ?? 0, reply.catching_up);
    app.contents.keep(reply.contents);
    app.form.showHints(reply.hints);
    const goal = reply.run ? { ...app.replay.GOAL, ...reply.goal, run: reply.run } : {};
    page.hasPlace = !reply.wait_ms;
    if (page.hasPlace) transport.repeat(answered, undefined, goal);
    else transport.repeatLater(answered, reply.wait_ms, goal);
  }

  // Returns whether the reply is shown.
  function receiveReply(reply) {
    const answered = transport.receive(reply);
    if (!answered) return false;
    const isFirst = page.kept;
    const isReplay = (reply.catching_up ?? null) !== null;
    if (isReplay) {
      followReplay(reply, answered);
    } else if (reply.send_again) {
      transport.resend(answered, reply.send_again);
    } else {
      page.catchingUp = null;
      if (reply.ok) accept(reply, answered);
      else refuse(reply, answered.command);
      askWaiting();
      if (isFirst && !page.kept) tick();
    }
    showStatus();
    return true;
  }

  function tick() {
    const at = performance.now();
    const elapsedMs = clock.measureElapsed(at);
    if (document.hidden) return;
    clock.show(at, { running: Boolean(page.run) });
    if (app.navigation.isLeft()) return app.navigation.leave();
    transport.retryIfLate(at);
    if (clock.playing && page.run) {
      clock.advance(elapsedMs);
      const steps = transport.pending ? 0 : clock.takeSteps(at - transport.askedAt);
      if (steps) ask({ steps });
    }
    showStatus();
  }

  // Runs again for every page and language. Commands of the previous page without a reply go into the first request.
  function boot(texts, speed, build) {
    const first = !page.texts.lang;
    app.charts.forget();
    app.navigation.enter();
    page.texts = texts;
    app.controls.awaitForm(texts.lang);
    transport.store = texts.request;
    transport.maxBytes = texts.body_bytes;
    if (first) {
      transport.build = build;
      page.build = build;
      page.run = app.firstRun.handOver() ?? storage.read(ids.RUN);
      page.files = storage.read(ids.FILES) ?? {};
      clock.playing = storage.read(ids.PLAYING) !== false;
      clock.setSpeed(speed);
      window.setInterval(tick, TIMER_MS);
    }
    setPlaying(clock.playing);
    const link = first ? app.share.readLink() : undefined;
    ask(mergeCommands(transport.takeUnanswered(), { fill: true, link }));
    return texts.lang;
  }

  // The timer of a hidden tab may run once a minute only: the moment of hiding is taken from the event.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clock.hide(performance.now());
  });
  app.live = { page, clock, transport, submit, isUsers, setPlaying, boot, tick, receiveReply };
})();
