const girl = (name) => ({ name, he: 'she', his: 'her', him: 'her' });
const boy = (name) => ({ name, he: 'he', his: 'his', him: 'him' });
export const people = [
    ...['Ada', 'Bea', 'Clara', 'Dora', 'Elsa', 'Fay', 'Gina', 'Hana', 'Ivy', 'June', 'Kate', 'Lily'].map(girl),
    ...['Max', 'Ned', 'Otto', 'Paul', 'Raj', 'Sam', 'Tom', 'Umar', 'Victor', 'Will', 'Yan', 'Zeke'].map(boy),
];
export const colours = [
    'red',
    'blue',
    'green',
    'yellow',
    'orange',
    'purple',
    'white',
    'black',
];
export const toys = [
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
export const places = [
    'park',
    'garden',
    'forest',
    'beach',
    'farm',
    'market',
    'school',
    'lake',
];
export const spots = [
    'under the bed',
    'behind the door',
    'in the basket',
    'on the shelf',
    'near the window',
    'beside the stove',
    'inside the closet',
    'below the stairs',
];
export const animals = ['dog', 'cat', 'bird', 'frog', 'duck', 'rabbit', 'pony', 'mouse'];
export const foods = ['bread', 'cheese', 'soup', 'cake', 'rice', 'corn', 'jam', 'honey'];
export const feelings = ['happy', 'proud', 'glad', 'calm'];
export const elders = ['mom', 'dad', 'grandma', 'grandpa', 'aunt', 'uncle'];
