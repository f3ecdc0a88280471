// Remembers the language that the visitor chooses, for addresses that name none; the server reads the cookie.
(() => {
  "use strict";
  const COOKIE = "lang";
  const MAX_AGE_S = 31536000;

  function readPrefix() {
    return JSON.parse(document.getElementById("_dash-config").textContent).requests_pathname_prefix;
  }

  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("a.lang");
    if (!link) return;
    const code = new URL(link.href).searchParams.get("lang");
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API exists in secure contexts alone.
    document.cookie = `${COOKIE}=${code}; path=${readPrefix()}; max-age=${MAX_AGE_S}; samesite=lax`;
  });
})();
