/** Photos as people bring them home: landscapes that a browser draws, each another one, as JPEG. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Browser } from 'playwright-core'

/** In the page: `draw(seed, portrait, side)` gives a JPEG as base64; its longer side in pixels. */
const DRAW = `
  const PALETTES = [
    ['#2b4a7a', '#7fa6cf', '#f3d9b1', '#5d7f9c', '#27455c', '#1c3340'], // morning
    ['#31284f', '#c2637a', '#ffc78a', '#7b4a6b', '#432c4d', '#20172b'], // dusk
    ['#4d8fd6', '#a5d0f2', '#eef6fb', '#8fb7a5', '#4f8a68', '#2c5a41'], // noon
    ['#8fa3b0', '#c3ced4', '#e9edee', '#9aa9ae', '#63757b', '#3c4a50'], // fog
    ['#1d6fa3', '#6fc0d8', '#fdeec7', '#e3c58f', '#c79e62', '#8d6a3d'], // dunes
    ['#0e1633', '#273f78', '#6a6fa8', '#2c345f', '#192143', '#0c1126']  // night
  ]
  const numbers = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  window.draw = (seed, portrait, side) => {
    const next = numbers(seed * 7919 + 13)
    const [width, height] = portrait ? [side * 0.75, side] : [side, side * 0.75]
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    const pen = canvas.getContext('2d')
    const colours = PALETTES[seed % PALETTES.length]
    const horizon = height * (0.42 + next() * 0.2)
    const sky = pen.createLinearGradient(0, 0, 0, horizon * 1.1)
    colours.slice(0, 3).forEach((colour, at) => sky.addColorStop(at / 2, colour))
    pen.fillStyle = sky
    pen.fillRect(0, 0, width, height)
    const blob = (x, y, size, flat, colour) => {
      pen.save()
      pen.translate(x, y)
      pen.scale(1, flat)
      const glow = pen.createRadialGradient(0, 0, 0, 0, 0, size)
      glow.addColorStop(0, colour)
      glow.addColorStop(1, colour.replace(/[^,]+\\)$/, '0)'))
      pen.fillStyle = glow
      pen.fillRect(-size, -size, 2 * size, 2 * size)
      pen.restore()
    }
    const sunX = width * (0.15 + next() * 0.7)
    const sunY = horizon * (0.35 + next() * 0.5)
    blob(sunX, sunY, 420, 1, 'rgba(255,236,200,0.55)')
    blob(sunX, sunY, 46, 1, 'rgba(255,250,235,0.95)')
    for (let i = 0; i < 26; i++) {
      const y = horizon * (0.08 + next() * 0.75)
      blob(next() * width, y, 60 + next() * 190, 0.16 + next() * 0.12, 'rgba(255,248,240,0.16)')
    }
    const ridge = (base, tall, colour) => {
      const waves = Array.from({ length: 7 }, (_, i) => [2 ** i * (0.6 + next()), next() * 7, 1 / 1.9 ** i])
      pen.beginPath()
      pen.moveTo(0, height)
      for (let x = 0; x <= width; x += 2) {
        const up = waves.reduce((sum, [often, shift, size]) =>
          sum + size * (1 - Math.abs(Math.sin(((x / width) * often + shift) * 2))), 0)
        pen.lineTo(x, base - tall * up)
      }
      pen.lineTo(width, height)
      pen.fillStyle = colour
      pen.fill()
    }
    ridge(horizon + 30, 90 + next() * 90, colours[3])
    ridge(horizon + 90, 60 + next() * 60, colours[4])
    if (seed % 3 !== 1) {
      // A lake: what is above it, upside down and darker
      const shore = Math.round(horizon + 70)
      pen.save()
      pen.filter = 'blur(5px) brightness(0.82)'
      pen.translate(0, 2 * shore)
      pen.scale(1, -1)
      pen.drawImage(canvas, 0, 2 * shore - height, width, height - shore, 0, 2 * shore - height, width, height - shore)
      pen.restore()
      for (let i = 0; i < 90; i++) {
        const y = shore + next() ** 2 * (height - shore)
        pen.fillStyle = 'rgba(255,255,255,' + next() * 0.09 + ')'
        pen.fillRect(next() * width, y, 30 + next() * 200, 1 + (y - shore) / 120)
      }
    }
    ridge(height * (0.93 + next() * 0.08), 40 + next() * 70, colours[5])
    if (seed % 2 === 0) {
      for (let i = 0; i < 9; i++) {
        const x = next() * width
        const tall = 120 + next() * 200
        pen.fillStyle = colours[5]
        for (let k = 0; k < 9; k++) {
          const y = height * 0.98 - (tall * k) / 9
          const wide = (tall * (9 - k)) / 34
          pen.beginPath()
          pen.moveTo(x - wide, y)
          pen.lineTo(x, y - tall / 5)
          pen.lineTo(x + wide, y)
          pen.fill()
        }
      }
    }
    const points = pen.getImageData(0, 0, width, height)
    for (let i = 0; i < points.data.length; i += 4) {
      const x = (i / 4) % width / width - 0.5
      const y = Math.floor(i / 4 / width) / height - 0.5
      const grain = (next() - 0.5) * 16
      const edge = 1 - 0.5 * (x * x + y * y)
      for (let k = 0; k < 3; k++) points.data[i + k] = points.data[i + k] * edge + grain
    }
    pen.putImageData(points, 0, 0)
    return canvas.toDataURL('image/jpeg', 0.8).split(',')[1]
  }`

/** Large enough to be looked at when pictures are kept; else so that their drawing takes no time */
const SIDE = process.env.SCREENS === undefined ? 320 : 1200

/** So many photos below a folder, by their paths in it; every seventh stands upright. */
export async function takePhotos(
  browser: Browser,
  folder: string,
  paths: readonly string[]
): Promise<void> {
  const page = await browser.newPage()
  await page.evaluate(DRAW)
  for (const [seed, path] of paths.entries()) {
    const photo = await page.evaluate<string>(`draw(${seed}, ${seed % 7 === 3}, ${SIDE})`)
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), Buffer.from(photo, 'base64'))
  }
  await page.close()
}
