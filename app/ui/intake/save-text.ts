/** Hands a small text to the browser as a file to be kept. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken it by the next turn; a secret should not stay reachable by its address
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
