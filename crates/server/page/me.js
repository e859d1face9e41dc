// Who is signed in, and what they may do.

/** `{user: {id, name, role}, permissions: […], provider: {name, model}}` once signed in. */
let me = null;

export const current = () => me;
export const become = (answer) => {
  me = answer;
};

/** True when the signed-in person's rights give this one; a held right may end in `*`. */
export function may(permission) {
  return (me?.permissions ?? []).some((held) =>
    held.endsWith('*') ? permission.startsWith(held.slice(0, -1)) : held === permission,
  );
}
