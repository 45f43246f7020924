/** The part of cli-progress that is used; the package brings no types. https://github.com/npkgz/cli-progress */
declare module 'cli-progress' {
  export interface Options {
    readonly format?: string;
    readonly hideCursor?: boolean;
    readonly gracefulExit?: boolean;
    readonly clearOnComplete?: boolean;
    readonly barsize?: number;
    readonly stream?: NodeJS.WritableStream;
  }
  export interface Preset {
    readonly barCompleteChar: string;
  }
  export class SingleBar {
    constructor(options: Options, preset?: Preset);
    start(total: number, startValue: number, payload?: Readonly<Record<string, unknown>>): void;
    update(current: number, payload?: Readonly<Record<string, unknown>>): void;
    setTotal(total: number): void;
    stop(): void;
  }
  /** A bar of several. */
  export interface Bar {
    update(current: number, payload?: Readonly<Record<string, unknown>>): void;
    setTotal(total: number): void;
  }
  export class MultiBar {
    constructor(options: Options, preset?: Preset);
    create(total: number, startValue: number, payload?: Readonly<Record<string, unknown>>): Bar;
    stop(): void;
  }
  export const Presets: { readonly shades_classic: Preset };
  const cliProgress: {
    readonly SingleBar: typeof SingleBar;
    readonly MultiBar: typeof MultiBar;
    readonly Presets: typeof Presets;
  };
  export default cliProgress;
}
