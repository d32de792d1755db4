import type { Chance } from './chance.ts';

/** How bad the network is. */
export type Weather = {
  /** Of a message: that it is lost, comes twice, or is overtaken by later ones. */
  readonly loss: number;
  readonly repeat: number;
  readonly overtake: number;
  /** Of a message: that it takes hundreds of milliseconds. */
  readonly spikes: number;
  /** Of the store's answers: that the work is done and nobody hears of it. */
  readonly lostAnswers: number;
};

export const FAIR: Weather = { loss: 0, repeat: 0, overtake: 0, spikes: 0.005, lostAnswers: 0 };

/** Between processes and servers. */
export type Network = {
  set(weather: Weather): void;
  weather(): Weather;
  delayMs(): number;
  loses(): boolean;
  repeats(): boolean;
  overtakes(): boolean;
  losesAnswer(): boolean;
  reaches(process: string, server: 'bus' | 'store'): boolean;
  cut(process: string, server: 'bus' | 'store'): void;
  mend(process: string, server: 'bus' | 'store'): void;
};

export function createNetwork(chance: Chance): Network {
  const cuts = new Set<string>();
  let now = FAIR;
  return {
    set(weather) {
      now = weather;
    },
    weather: () => now,
    delayMs: () => (chance.happens(now.spikes) ? chance.between(50, 800) : chance.between(0.2, 4)),
    loses: () => chance.happens(now.loss),
    repeats: () => chance.happens(now.repeat),
    overtakes: () => chance.happens(now.overtake),
    losesAnswer: () => chance.happens(now.lostAnswers),
    reaches: (process, server) => !cuts.has(`${process} ${server}`),
    cut: (process, server) => void cuts.add(`${process} ${server}`),
    mend: (process, server) => void cuts.delete(`${process} ${server}`),
  };
}
