import { html, type Markup } from '../../picture/markup.ts';
import type { Style } from './palette.ts';

/** A point of a line or a strip, `r` pixels around its middle. */
export function mark({ shape, color }: Style, x: number, y: number, r: number, title: Markup | null = null): Markup {
  switch (shape) {
    case 'circle':
      return html`<circle cx="${x}" cy="${y}" r="${r}" fill="${color}">${title}</circle>`;
    case 'square':
      return html`<rect x="${x - r * 0.9}" y="${y - r * 0.9}" width="${r * 1.8}" height="${r * 1.8}" fill="${color}">${title}</rect>`;
    case 'triangle':
      return html`<path d="M${x} ${y - r * 1.2}L${x + r * 1.1} ${y + r * 0.8}L${x - r * 1.1} ${y + r * 0.8}Z" fill="${color}">${title}</path>`;
    case 'diamond':
      return html`<path d="M${x} ${y - r * 1.25}L${x + r * 1.25} ${y}L${x} ${y + r * 1.25}L${x - r * 1.25} ${y}Z" fill="${color}">${title}</path>`;
  }
}

/** Where a loss left the numbers. */
export function cross(x: number, y: number, r: number, color: string, title: Markup | null = null): Markup {
  return html`<path d="M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}" stroke="${color}" stroke-width="2" fill="none">${title}</path>`;
}
