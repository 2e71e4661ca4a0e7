/**
 * A text from anywhere as it may stand in a terminal or a report: what could drive a terminal or hide text is seen
 * instead, control characters by their pictures (ESC becomes ␛), others as U+FFFD. Line ends and tabs stay.
 */
export declare function visible(text: string): string;
