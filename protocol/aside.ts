/**
 * Something that is kept with an object, and seen by nobody who looks at the object.
 *
 * It is what a WeakMap is for, for objects that come and go by thousands: V8 looks through a
 * map's dead keys only when it looks at all memory, and until then the map keeps what it holds
 * of them. A copy of the object has nothing of it.
 */
export interface Aside<K extends object, V> {
  /** Undefined for what is no object, too. */
  get(object: K): V | undefined
  set(object: K, value: V): void
}

/** A constructor that hands back what it was given lets a class put a private field into that. */
class Itself {
  constructor(object: object) {
    return object
  }
}

export function makeAside<K extends object, V>(): Aside<K, V> {
  class Kept extends Itself {
    #value: V

    constructor(object: object, value: V) {
      super(object)
      this.#value = value
    }

    static get(object: K): V | undefined {
      const isObject = typeof object === 'object' && object !== null
      return isObject && #value in object ? object.#value : undefined
    }

    static set(object: K, value: V): void {
      if (#value in object) object.#value = value
      else new Kept(object, value)
    }
  }
  return Kept
}
