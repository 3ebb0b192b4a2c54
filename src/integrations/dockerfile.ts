/**
 * The Dockerfile of `start --container`: the user's own lines on top, and a tail of ours that is switched between
 * development and distribution. Without the mark between the two a switch would overwrite what the user wrote.
 */

export type ImageMode = 'development' | 'distribution';

export interface Image {
  readonly mode: ImageMode;
  /** Of the official image, e.g. `22` or `latest`. */
  readonly nodeVersion: string;
  /** Script or config file, relative to the folder. */
  readonly main: string;
}

const TITLES: Readonly<Record<ImageMode, string>> = {
  development: '## DEVELOPMENT MODE',
  distribution: '## DISTRIBUTION MODE',
};
const TAIL = /^## (?:DEVELOPMENT|DISTRIBUTION) MODE$[\s\S]*/m;

const head = (nodeVersion: string): string => `FROM node:${nodeVersion}

RUN npm install -g upkeep

WORKDIR /var/app
`;

function tail({ mode, main }: Image): string {
  const isDevelopment = mode === 'development';
  const environment = isDevelopment ? 'development' : 'production';
  const command = [isDevelopment ? 'upkeep-dev' : 'upkeep-runtime', main, '--env', environment];
  return [
    TITLES[mode],
    `ENV NODE_ENV=${environment}`,
    ...(isDevelopment ? [] : ['COPY . /var/app']),
    `CMD ${JSON.stringify(command)}`,
    '',
  ].join('\n');
}

/** @param text the Dockerfile that is there; null: a new one */
export function dockerfile(text: string | null, image: Image): string {
  const kept = (text ?? head(image.nodeVersion)).replace(TAIL, '').trimEnd();
  return `${kept}\n\n${tail(image)}`;
}
