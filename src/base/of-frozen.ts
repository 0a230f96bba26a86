/** What follows from a value alone, made once for one that is frozen, and anew for any other: many requests share
    the variables of a body that comes again. Nobody may change what was made. */
export function ofFrozen<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, { readonly value: Value }>();
  return key => {
    if (!Object.isFrozen(key)) return make(key);
    let known = made.get(key);
    if (!known) {
      known = { value: make(key) };
      made.set(key, known);
    }
    return known.value;
  };
}
