export const benchmark = { measures: 'x', how: 'x', run: async () => ({ rows: [] }) };
