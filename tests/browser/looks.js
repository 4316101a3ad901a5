// Return what is wrong with the page, given the least contrast of its text.
(least => {
  const numbers = color => color.match(/[\d.]+/g).map(Number);
  const light = color => {
    const [r, g, b] = numbers(color).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if ((numbers(color)[3] ?? 1) === 1) return color;
    }
    return canvas;
  };
  const contrast = element => {
    const both = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    return (both[0] + 0.05) / (both[1] + 0.05);
  };
  const every = selector => [...document.querySelectorAll(selector)];
  const faults = [];
  for (const each of every('details')) each.open = true;
  const texts = new Set(every('button, select, input:not([type=hidden])'));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && element.checkVisibility()) texts.add(element);
  }
  for (const each of texts)
    if (contrast(each) < least) faults.push(`contrast ${contrast(each).toFixed(2)}: ${each.outerHTML.slice(0, 80)}`);
  if (texts.size < 3) faults.push('no text');
  const wide = document.scrollingElement.scrollWidth;
  if (wide > innerWidth) faults.push(`${wide} pixels wide`);
  for (const each of every('table')) {
    if (!each.caption?.textContent) faults.push('a table without a caption');
    if (!each.querySelector('th[scope=col]')) faults.push(`a table without headers`);
  }
  for (const each of every('th:not([scope])')) faults.push(`no scope: ${each.textContent}`);
  const levels = every('h1, h2, h3, h4').map(each => Number(each.tagName[1]));
  levels.forEach((level, index) => { if (index && level > levels[index - 1] + 1) faults.push(`h${level} skips`); });
  for (const each of every('input:not([type=hidden]), select'))
    if (!each.labels.length) faults.push(`no label: ${each.name}`);
  const ids = every('[id]').map(each => each.id);
  if (new Set(ids).size < ids.length) faults.push('an id twice');
  if (every('script, link, img, iframe, [src]').length) faults.push('something is loaded');
  return faults;
})
