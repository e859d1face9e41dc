// Files go to disk and nowhere else: their kind is hidden from the browser, so that none is opened and run as a page.

/** A name without folders, hidden characters and what file systems refuse. */
export function fileName(name: string): string {
  const clean = name
    .replaceAll(/[\p{C}\u2028\u2029]/gu, '')
    .replaceAll(/[/\\:*?"<>|]+/g, '-')
    .replace(/^[.\s]+/, '')
    .trim()
    .slice(0, 120);
  return clean || 'file';
}

export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
