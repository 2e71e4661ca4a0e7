/** A misspelt field inside `...{ a, b }` compiles: TypeScript does not check spreads for excess properties. */
const noSpreadLiteral = {
  create: (context) => ({
    SpreadElement(node) {
      if (node.parent.type !== 'ObjectExpression' || node.argument.type !== 'ObjectExpression') return;
      context.report({
        node,
        message: 'Write the fields one a line instead of spreading an object literal.',
      });
    },
  }),
};

export default { meta: { name: 'pavlov' }, rules: { 'no-spread-literal': noSpreadLiteral } };
