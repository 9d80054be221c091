// What a page does beyond its HTML. Every page works without it.

/** Absolute times in the reader's own zone, in reach of the pointer and of a screen reader. */
function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.title = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "long" });
  }
}

/** A form is sent once, however often its button is pressed. */
function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
}

document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", (event) => {
  // Back in history: the page is the one that was left, and its forms may be sent anew.
  if (event.persisted) for (const form of document.forms) delete form.dataset.sent;
});
document.addEventListener("htmx:afterSettle", (event) => localTimes(event.target));
localTimes(document);
