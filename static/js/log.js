// The log pane: it follows what is printed until the reader scrolls up, and again from the end on.

const NEAR = 40; // pixels from the end that still count as being there

/** Keep `pane` at its end while a deployment runs; `button` shows and changes that. */
function followLog(pane, button) {
  const running = () => document.querySelector("#poll[hx-get]") !== null;
  const atEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR;
  const toEnd = () => { pane.scrollTop = pane.scrollHeight; };
  let following = running() && !location.hash;

  const show = () => {
    button.hidden = !running();
    button.setAttribute("aria-pressed", String(following));
    button.textContent = following ? "Following" : "Follow";
  };
  const set = (value) => {
    following = value;
    if (following) toEnd();
    show();
  };

  pane.addEventListener("scroll", () => { if (running() && following !== atEnd()) set(atEnd()); }, { passive: true });
  button.addEventListener("click", () => set(!following));
  // The pane grows here: stay at its end, and show the first failure when all is over.
  document.addEventListener("htmx:afterSettle", () => {
    if (following) toEnd();
    if (!running() && following) {
      following = false;
      showFailure(pane);
    }
    show();
  });

  if (following) toEnd();
  else if (!location.hash) showFailure(pane);
  show();
}

/** Bring the end of the failed step's log into view: it says why. */
function showFailure(pane) {
  const failed = pane.querySelector(".steplog:has(> header .state.failed)");
  if (!failed) return;
  const end = failed.offsetTop + failed.offsetHeight - pane.clientHeight;
  pane.scrollTop = Math.max(end, failed.offsetTop);
  if (failed.offsetHeight > pane.clientHeight) pane.scrollTop = end;
}

followLog(document.getElementById("log"), document.getElementById("follow"));
