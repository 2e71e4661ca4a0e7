import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'node_modules/', 'coverage/', 'checkpoints/', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        // A misspelt field inside `...{ a, b }` compiles: TypeScript does not check spreads for excess properties.
        {
          selector: 'ObjectExpression > SpreadElement > ObjectExpression',
          message: 'Write the fields one a line instead of spreading an object literal.',
        },
      ],
    },
  },
  {
    files: ['src/**', 'data/**', 'train/**', 'eval/**', 'experiments/**', 'report/**', 'cli/**', 'bench/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'error' },
  },
  { files: ['cli/**', 'bench/**', 'scripts/**', 'test/**', 'examples/**'], rules: { 'no-console': 'off' } },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off' } },
  // An oracle takes the sizes and the indices of its loops.
  { files: ['test/**'], rules: { 'max-params': ['error', 6] } },
  // More parameters than allowed; the list may only become shorter.
  {
    files: ['src/engine/recomputingScan.ts', 'src/engine/graph/kernels/{convolution,shaping}.ts'],
    rules: { 'max-params': ['error', 7] },
  },
);
