// Works without it; a little better with it. Plain ES5: offices keep old browsers.
(function () {
  "use strict";

  // Long work: look again by itself, and stop when it is done.
  function look(part) {
    var request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.onload = function () {
      var found = new DOMParser().parseFromString(request.responseText, "text/html").getElementById(part.id);
      if (request.status !== 200 || !found) { wait(part); return; }
      if (found.innerHTML !== part.innerHTML) part.innerHTML = found.innerHTML;
      if (found.hasAttribute("data-poll")) wait(part);
    };
    request.onerror = function () { wait(part); };
    request.send();
  }
  function wait(part) {
    setTimeout(function () { look(part); }, 1000 * Number(part.getAttribute("data-poll")));
  }
  var polled = document.querySelector("[data-poll]");
  if (polled) wait(polled);

  // What is shown once can be copied with one touch.
  Array.prototype.forEach.call(document.querySelectorAll("[data-copy]"), function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(document.getElementById(button.getAttribute("data-copy")).textContent).then(function () {
        button.textContent = "✓";
      });
    });
  });
})();
