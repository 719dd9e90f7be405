/** How long the browser may take to find a frame, in ms */
const PATIENCE = 6000

/**
 * Gives a frame of a film's first second to `use`; of the file only the bytes for it are read.
 * @throws when it is no film that this browser plays, or takes too long
 */
export async function withFrame<T>(
  url: string,
  signal: AbortSignal,
  use: (film: HTMLVideoElement, size: { width: number; height: number }) => T | Promise<T>
): Promise<T> {
  const film = document.createElement('video')
  film.crossOrigin = 'anonymous'
  film.muted = true
  film.preload = 'auto'
  const until = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
  try {
    const there = happens(film, 'seeked', until)
    film.addEventListener('loadedmetadata', () => {
      film.currentTime = Math.min(1, film.duration / 3 || 0)
    })
    film.src = url
    await there
    return await use(film, { width: film.videoWidth, height: film.videoHeight })
  } finally {
    film.removeAttribute('src')
    film.load()
  }
}

function happens(film: HTMLVideoElement, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    film.addEventListener(name, () => resolve(), { once: true, signal })
    film.addEventListener('error', () => reject(new Error('Not a film')), { once: true, signal })
    signal.addEventListener('abort', () => reject(new Error('It took too long')), { once: true })
  })
}
