/** `a` or `an` before a word. */
function a(words) {
    return /^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`;
}
function capital(words) {
    return words.charAt(0).toUpperCase() + words.slice(1);
}
const lost = ({ hero, friend, elder, toy, place, spot, wrongSpot, feeling }, say) => [
    `${hero.name} had ${a(toy)}.`,
    say(`${capital(hero.he)} put the ${toy} ${spot} and went to the ${place}.`, `Before ${hero.he} went to the ${place}, ${hero.he} left it ${spot}.`),
    `At the ${place} ${hero.he} met ${friend.name}.`,
    `"Can we play with your ${toy}?" asked ${friend.name}.`,
    `They ran back home, but ${hero.name} could not remember where it was.`,
    say(`They looked ${wrongSpot}, but it was not there.`, `It was not ${wrongSpot}.`),
    `${capital(hero.his)} ${elder} said, "Think, ${hero.name}. Where did you leave it?"`,
    `Then they looked ${spot} and found the ${toy}.`,
    `${hero.name} and ${friend.name} were ${feeling}.`,
];
const swap = ({ hero, friend, toy, otherToy, place, feeling }, say) => [
    say(`${hero.name} and ${friend.name} met at the ${place}.`, `One day, ${hero.name} saw ${friend.name} at the ${place}.`),
    `${hero.name} had ${a(toy)} and ${friend.name} had ${a(otherToy)}.`,
    `${hero.name} liked the ${otherToy}, and ${friend.name} liked the ${toy}.`,
    say(`"Let us swap," said ${friend.name}.`, `"Do you want to trade?" asked ${friend.name}.`),
    `So ${hero.name} gave ${friend.name} the ${toy}.`,
    `${friend.name} gave ${hero.name} the ${otherToy}.`,
    `At night ${hero.name} slept beside the ${otherToy}, and ${friend.name} slept beside the ${toy}.`,
    `They were both ${feeling}.`,
];
const hungry = ({ hero, elder, animal, food, place, toy, feeling }, say) => [
    say(`${hero.name} went to the ${place} with ${hero.his} ${elder}.`, `One day, ${hero.name} and ${hero.his} ${elder} walked to the ${place}.`),
    `${capital(hero.he)} had ${a(toy)} and some ${food}.`,
    `A little ${animal} sat there and was sad.`,
    say(`"Why are you sad?" asked ${hero.name}.`, `"What is wrong?" asked ${hero.name}.`),
    `"I am hungry," said the ${animal}.`,
    `${hero.name} gave the ${animal} ${hero.his} ${food}.`,
    `The ${animal} ate the ${food} and felt better.`,
    `Then the ${animal} played with the ${toy}.`,
    `${capital(hero.his)} ${elder} was ${feeling}, and so was ${hero.name}.`,
];
const gift = ({ hero, friend, elder, toy, otherToy, spot, feeling }, say) => [
    `It was the birthday of ${friend.name}.`,
    say(`${hero.name} wanted to give ${friend.him} ${a(toy)}.`, `${hero.name} made ${a(toy)} for ${friend.him}.`),
    `${capital(hero.his)} ${elder} hid the ${toy} ${spot}.`,
    `"Is it ${a(otherToy)}?" asked ${friend.name}.`,
    `"No, it is not ${a(otherToy)}," said ${hero.name}. "Look ${spot}."`,
    `${friend.name} looked ${spot} and saw the ${toy}.`,
    `"Thank you, ${hero.name}!" said ${friend.name}.`,
    say(`${friend.name} was ${feeling}.`, `Now ${friend.name} was ${feeling}, and ${hero.name} was too.`),
];
const lend = ({ hero, friend, elder, toy, place, animal, feeling }, say) => [
    `${hero.name} had a ${animal} and ${a(toy)}.`,
    `${friend.name} asked, "May I take the ${toy} to the ${place}?"`,
    say(`"Yes, but bring it back," said ${hero.name}.`, `"Yes, if you are careful," said ${hero.name}.`),
    `${friend.name} went to the ${place}, but the wind took the ${toy} away.`,
    `${friend.name} cried and told ${hero.his} ${elder} about it.`,
    `The ${animal} of ${hero.name} ran to the ${place} and came back with the ${toy}.`,
    `"What a good ${animal}!" said ${friend.name}.`,
    `${friend.name} gave the ${toy} back to ${hero.name}, and they were ${feeling}.`,
];
export const plots = [lost, swap, hungry, gift, lend];
