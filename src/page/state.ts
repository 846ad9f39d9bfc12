import type { CurvePart, LiveMessage, PageData, RunNews, RunView } from '../coordinator/view/view.ts';

/** Whether what is shown is so now. */
export type Link =
  /** Nothing has come yet. */
  | 'loading'
  | 'live'
  /** The coordinator does not answer: it is asked again. What is shown was so when it last did. */
  | 'lost'
  /** What is shown changes no more: the run is over. */
  | 'still';

export interface PageState {
  readonly link: Link;
  /** A token is wanted, or what else was said instead of an answer; null: nothing. */
  readonly trouble: string | null;
  readonly maySteer: boolean;
  readonly runs: readonly RunView[];
}

export const EMPTY: PageState = { link: 'loading', trouble: null, maySteer: false, runs: [] };

export type PageInput =
  | { readonly type: 'data'; readonly data: PageData }
  | { readonly type: 'message'; readonly message: LiveMessage }
  | { readonly type: 'lost'; readonly trouble: string | null };

/** What is shown after something has come. */
export function after(state: PageState, input: PageInput): PageState {
  switch (input.type) {
    case 'data': {
      const { live, maySteer, runs } = input.data;
      return { link: live ? 'live' : 'still', trouble: null, maySteer, runs };
    }
    case 'lost':
      return { ...state, link: 'lost', trouble: input.trouble };
    case 'message':
      return told({ ...state, link: 'live', trouble: null }, input.message);
  }
}

function told(state: PageState, message: LiveMessage): PageState {
  switch (message.type) {
    case 'opening':
      return state;
    case 'view':
      return { ...state, runs: [message.view] };
    case 'news': {
      const [view] = state.runs;
      return view === undefined ? state : { ...state, runs: [withNews(view, message.news)] };
    }
  }
}

function withNews(view: RunView, news: RunNews): RunView {
  return { ...view, ...news, run: { ...view.run, ...news.run }, curve: grown(view.curve, news.curve) };
}

/** Points from `start` on are others. A part that does not fit what is here is left: the whole comes when we connect anew. */
export function grown(curve: CurvePart, part: CurvePart): CurvePart {
  if (part.start === 0) return part;
  if (part.revision !== curve.revision || part.start > curve.points.length) return curve;
  return { revision: curve.revision, start: 0, points: [...curve.points.slice(0, part.start), ...part.points] };
}
