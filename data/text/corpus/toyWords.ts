/** Someone in a story, with the words that stand for them. */
export interface Person {
  readonly name: string;
  readonly he: string;
  readonly his: string;
  readonly him: string;
}

const girl = (name: string): Person => ({ name, he: 'she', his: 'her', him: 'her' });
const boy = (name: string): Person => ({ name, he: 'he', his: 'his', him: 'him' });

export const people: readonly Person[] = [
  ...['Ada', 'Bea', 'Clara', 'Dora', 'Elsa', 'Fay', 'Gina', 'Hana', 'Ivy', 'June', 'Kate', 'Lily'].map(girl),
  ...['Max', 'Ned', 'Otto', 'Paul', 'Raj', 'Sam', 'Tom', 'Umar', 'Victor', 'Will', 'Yan', 'Zeke'].map(boy),
];

export const colours: readonly string[] = [
  'red',
  'blue',
  'green',
  'yellow',
  'orange',
  'purple',
  'white',
  'black',
];

export const toys: readonly string[] = [
  'ball',
  'kite',
  'drum',
  'boat',
  'doll',
  'truck',
  'hat',
  'book',
  'bell',
  'cup',
  'train',
  'robot',
];

export const places: readonly string[] = [
  'park',
  'garden',
  'forest',
  'beach',
  'farm',
  'market',
  'school',
  'lake',
];

export const spots: readonly string[] = [
  'under the bed',
  'behind the door',
  'in the basket',
  'on the shelf',
  'near the window',
  'beside the stove',
  'inside the closet',
  'below the stairs',
];

export const animals: readonly string[] = ['dog', 'cat', 'bird', 'frog', 'duck', 'rabbit', 'pony', 'mouse'];

export const foods: readonly string[] = ['bread', 'cheese', 'soup', 'cake', 'rice', 'corn', 'jam', 'honey'];

export const feelings: readonly string[] = ['happy', 'proud', 'glad', 'calm'];

export const elders: readonly string[] = ['mom', 'dad', 'grandma', 'grandpa', 'aunt', 'uncle'];
