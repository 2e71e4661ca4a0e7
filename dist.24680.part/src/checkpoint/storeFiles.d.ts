/** Makes the names in a folder durable. Windows cannot open a folder, and needs no sync of it. */
export declare function syncFolder(path: string): Promise<void>;
/** Whether there is something of that name. */
export declare function exists(path: string): Promise<boolean>;
/** The name, or the first of `-2`, `-3` after it that is not taken. */
export declare function freeName(path: string): Promise<string>;
