// Chooses the theme before anything is drawn; the button goes round automatic, light and dark.
(function () {
  "use strict";
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    try {
      const choice = window.localStorage.getItem("theme");
      return CHOICES.includes(choice) ? choice : "auto";
    } catch (refused) {
      return root.dataset.themeChoice || "auto";
    }
  }

  function show(choice) {
    root.dataset.themeChoice = choice;
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  }

  function next() {
    const choice = CHOICES[(CHOICES.indexOf(root.dataset.themeChoice) + 1) % CHOICES.length];
    try {
      window.localStorage.setItem("theme", choice);
    } catch (refused) {
      // A browser without storage keeps the choice for this page only.
    }
    show(choice);
  }

  show(remembered());
  dark.addEventListener("change", () => show(remembered()));
  document.addEventListener("click", (event) => event.target.closest("#theme") && next());
})();
