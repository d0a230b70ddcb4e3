/* The desk's keys, the claim's heartbeat and the overlay's slider. Every button works without it. */
(() => {
  'use strict';
  const desk = document.querySelector('[data-desk]');
  if (!desk) return;

  // Keys: one letter an action, digits choose reasons; never while somebody writes.
  const actions = new Map((desk.dataset.keys || '').trim().split(/\s+/).filter(Boolean).map((pair) => {
    const [action, key] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    return [key, action];
  }));
  const writes = (one) => one.matches('textarea, select, [contenteditable]')
    || (one.matches('input') && !['radio', 'checkbox', 'range', 'submit', 'button'].includes(one.type));
  let sent = false;
  const press = (button) => {
    if (button.form && button.type === 'submit') {
      if (sent) return;
      sent = true;
    }
    button.click();
  };
  const help = () => {
    const keys = desk.querySelector('[data-help]');
    keys.open = !keys.open;
    if (keys.open) keys.querySelector('summary').focus();
  };
  // Through the queue's list, from one link to the next; Enter opens it, as always.
  const rows = [...desk.querySelectorAll('[data-row]')];
  const move = (step) => {
    const at = rows.indexOf(document.activeElement);
    (rows[at < 0 ? 0 : at + step] || rows[at]).focus();
  };
  document.addEventListener('keydown', (event) => {
    if (!actions.size || event.ctrlKey || event.metaKey || event.altKey) return;
    if (writes(event.target)) return;
    const action = actions.get(event.key.toLowerCase());
    const step = { down: 1, up: -1 }[action];
    if (step && rows.length) {
      event.preventDefault();
      move(step);
      return;
    }
    if (event.repeat) return;
    const reason = desk.querySelector(`[data-reason="${CSS.escape(event.key)}"]`);
    const button = reason || (action && desk.querySelector(`[data-action="${action}"]`));
    if (!button) return;
    event.preventDefault();
    if (action === 'help') help();
    else if (action === 'search') button.focus();
    else press(button);
    if (reason) reason.focus();
  });
  // A page that comes back from the browser's memory may be sent again.
  window.addEventListener('pageshow', () => { sent = false; });

  // While this page is open the case stays claimed, a minute and a half at a time.
  const keep = desk.dataset.keep;
  if (keep) {
    const token = desk.querySelector('[name=csrfmiddlewaretoken]').value;
    const beat = async () => {
      try {
        const answer = await fetch(keep, { method: 'POST', headers: { 'X-CSRFToken': token } });
        if (answer.status === 409) {
          desk.querySelector('[data-lost]').hidden = false;
          clearInterval(timer);
        }
      } catch { /* The next beat tries again. */ }
    };
    const timer = setInterval(beat, 20000);
    beat();
  }

  // The overlay's slider.
  desk.querySelectorAll('[data-compare]').forEach((compare) => {
    const slider = compare.querySelector('.slider');
    const range = slider.querySelector('input');
    slider.hidden = false;
    range.addEventListener('input', () => compare.style.setProperty('--cut', `${range.value}%`));
  });
})();
