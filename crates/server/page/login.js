// Signing in: by a one-time link, or by name and password.

import { post } from './api.js';
import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { problemBox } from './parts.js';

/** Uses the token of a one-time link, if the address holds one, and takes it out of the address and the history. */
export async function useLoginLink() {
  const address = new URL(location.href);
  const token = address.searchParams.get('login');
  if (!token) return;
  address.searchParams.delete('login');
  history.replaceState(null, '', address);
  await post('/api/auth/link', { token }, { isLogin: true });
}

/** The login form; `done()` once signed in. `problem` is what brought us here, if anything went wrong. */
export function loginPage(problem, done) {
  const trouble = h('div', {}, problem && problemBox(problem, { isAlert: true }));
  const name = h('input', { id: 'login-name', name: 'name', autocomplete: 'username', required: true, autocapitalize: 'none', spellcheck: 'false' });
  const password = h('input', { id: 'login-password', name: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const button = h('button.primary.wide', { type: 'submit' }, 'Sign in');
  const form = h('form.login', { onsubmit: submit },
    h('div.brand', {}, icon('helm'), h('h1', {}, 'Steersman')),
    h('p.quiet', {}, 'Sign in to your operations console.'),
    trouble,
    h('div.field', {}, h('label', { for: name.id }, 'Name'), name),
    h('div.field', {}, h('label', { for: password.id }, 'Password'), password),
    button,
    h('p.login-hint', {}, 'No password? Run ', h('code', {}, 'steersman login-link'), ' on the server for a one-time link.'));

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    fill(trouble);
    try {
      await post('/api/auth/login', { name: name.value.trim(), password: password.value }, { isLogin: true });
      done();
    } catch (failure) {
      if (!failure.problem) throw failure;
      fill(trouble, problemBox(failure.problem, { isAlert: true }));
      password.value = '';
      password.focus();
    }
    button.disabled = false;
  }

  return h('main.login-page', { id: 'main' }, form);
}
